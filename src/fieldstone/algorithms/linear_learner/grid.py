"""The settings of the models that are trained side by side."""

from dataclasses import dataclass
from itertools import cycle, islice, product


@dataclass(frozen=True, slots=True)
class Setting:
    """What one model has of its own, under AWS's names."""

    learning_rate: float
    wd: float
    l1: float
    lr_scheduler_step: int
    lr_scheduler_factor: float
    positive_example_weight_mult: float = 1.0


@dataclass(frozen=True, slots=True)
class Given:
    """What the user has fixed; None leaves it to us."""

    learning_rate: float | None = None
    wd: float | None = None
    l1: float | None = None
    lr_scheduler_step: int | None = None
    lr_scheduler_factor: float | None = None
    use_lr_scheduler: bool = True


_SCHEDULES = ((100, 0.99), (10, 0.98))


def settings(given: Given, count: int, positive_weights: tuple[float, ...] = (1.0,)) -> tuple[Setting, ...]:
    """``count`` settings: learning rates, penalties and schedules, each with each.

    AWS's own choice is unknown; the shape of this one follows what its logs show. What is fixed has one value; when all
    combinations are used up they begin anew, as models that differ in their first weights.

    Args:
        given: What is fixed.
        count: How many.
        positive_weights: What positive examples may weigh; they are varied first.
    """
    grid = product(
        _schedules(given),
        _values(given.l1, 0.0, 1e-4),
        _values(given.wd, 0.0, 1e-4, 1e-3, 1e-2),
        _values(given.learning_rate, 0.05, 0.005),
        positive_weights,
    )
    return tuple(
        Setting(rate, wd, l1, step, factor, weight)
        for (step, factor), l1, wd, rate, weight in islice(cycle(grid), count)
    )


def _values(fixed: float | None, *free: float) -> tuple[float, ...]:
    return free if fixed is None else (fixed,)


def _schedules(given: Given) -> tuple[tuple[int, float], ...]:
    if not given.use_lr_scheduler:
        return ((1, 1.0),)
    return tuple(
        dict.fromkeys((given.lr_scheduler_step or step, given.lr_scheduler_factor or by) for step, by in _SCHEDULES)
    )
