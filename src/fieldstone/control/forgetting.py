"""What goes by itself in its time: expired session keys, keys scheduled for deletion, old histories and messages."""

import time

from fieldstone.control.facilities import Facilities
from fieldstone.control.upkeep import Chore
from fieldstone.services.cloudwatch.history import forget_history
from fieldstone.services.kms.keys import forget_deleted
from fieldstone.services.sqs.rows import forget_expired as forget_messages
from fieldstone.services.sts.sessions import forget_expired
from fieldstone.store.transaction import Transaction

_SECONDS = 3600.0


def forgetting(facilities: Facilities) -> Chore:
    """The chore, done every hour."""

    def forget(store: Transaction) -> None:
        now = time.time()
        forget_expired(store, now)
        forget_deleted(store, now)
        forget_history(store, now)
        forget_messages(store, now)

    async def work() -> None:
        await facilities.dispatch.store.write(forget)

    return Chore("forgetting", work, _SECONDS)
