"""The chore that puts what was measured into CloudWatch. A kill of the server loses what was measured since."""

from functools import partial
from typing import Final

from fieldstone.control.facilities import Facilities
from fieldstone.control.measures import Metric, Statistics, datum
from fieldstone.control.upkeep import Chore
from fieldstone.services.cloudwatch.putting import keep_recent
from fieldstone.services.operation import Caller, Context

_SECONDS: Final = 5.0


def measuring(facilities: Facilities) -> Chore:
    """The chore, done every five seconds."""

    async def put() -> None:
        for metric, found in facilities.measures.take().items():
            caller = Caller(metric.place.account, metric.place.region, "")
            await facilities.dispatch.write(caller, partial(_keep, metric=metric, found=found))

    return Chore("measures of models", put, _SECONDS)


def _keep(ctx: Context, *, metric: Metric, found: Statistics) -> None:
    keep_recent(ctx, metric.namespace, [datum(metric, found, ctx.now)])
