"""How far an endpoint's change is, as its row has it: read from there, and brought a step further.

A row's ``internal`` says what shall be: ``fleets`` by their numbers, each with the name of its configuration, its
variants and its shadows; which of them is ``serving``, and which is ``next``. While there is a next one, ``rollout``
says by which DeploymentConfig it takes over and where that stands; while weights and counts are changed in place,
``adjusting`` has those that are wanted.
"""

from dataclasses import astuple, dataclass
from enum import StrEnum
from typing import Any

from fieldstone.control.endpoints.rollout import START, Step, instances, longest, plan, retreat
from fieldstone.store.resources import Row

Entries = list[dict[str, Any]]
"""The variants of a fleet with their models, counts and weights, as the endpoint's row has them."""


class Phase(StrEnum):
    """What is done of a step."""

    LAUNCHING = "launching"
    """Its instances are being brought up."""
    ACTIVATING = "activating"
    """They get the traffic."""
    BAKING = "baking"
    """It is waited, and alarms are looked at."""
    STUCK = "stuck"
    """It cannot be done, and there is no further way back."""


@dataclass(frozen=True, slots=True)
class Course:
    """A rollout under way.

    Attributes:
        number: The fleet that comes.
        config: The DeploymentConfig.
        steps: Of the way there, or of the way back.
        place: Which of them is next, or is being done.
        phase: What is done of it.
        since: When that began, in seconds since the epoch, as ``started`` for the whole rollout.
        before: Where it stood before the first step.
        back: Why it goes back, if it does.
    """

    number: int
    config: dict[str, Any]
    steps: tuple[Step, ...]
    place: int
    phase: Phase
    since: float
    started: float
    before: Step
    back: str | None

    @property
    def step(self) -> Step:
        """The step that is next, or is being done."""
        return self.steps[self.place]

    @property
    def standing(self) -> Step:
        """The step whose instances run and have their traffic."""
        if self.phase in {Phase.ACTIVATING, Phase.BAKING}:
            return self.step
        return self.steps[self.place - 1] if self.place else self.before

    @property
    def deadline(self) -> float:
        """When it must have arrived, in seconds since the epoch."""
        return self.started + longest(self.config)

    @property
    def alarms(self) -> list[str]:
        """The names of the alarms that turn it back."""
        return [alarm["AlarmName"] for alarm in self.config.get("AutoRollbackConfiguration", {}).get("Alarms", [])]

    @property
    def bakes(self) -> bool:
        """Whether there is anything to wait for in the step."""
        return self.step.wait > 0 or (self.step.watched and bool(self.alarms))


def course_of(row: Row) -> Course | None:
    """The rollout that is under way, if there is one."""
    number = row.internal.get("next")
    if number is None:
        return None
    rollout: dict[str, Any] = row.internal.get("rollout", {})
    config, back = rollout.get("config", {}), rollout.get("back")
    before = Step(*rollout["before"]) if back is not None else START
    if back is not None:
        steps = retreat(config, _smallest(row, row.internal["serving"]), before)
    else:
        steps = plan(config, _smallest(row, number))
    return Course(
        number=number,
        config=config,
        steps=steps,
        place=rollout.get("place", 0),
        phase=Phase(rollout.get("phase", Phase.LAUNCHING)),
        since=rollout.get("since", row.modified),
        started=rollout.get("started", row.modified),
        before=before,
        back=back,
    )


def entries_of(row: Row, number: int) -> Entries:
    """Everything that a fleet runs: its variants and their shadows."""
    fleet = row.internal["fleets"][str(number)]
    return fleet["variants"] + fleet.get("shadows", [])


def counts_of(row: Row, number: int, share: float = 1.0) -> list[int]:
    """How many instances of each a share of a fleet is."""
    return [instances(share, entry["count"]) for entry in entries_of(row, number)]


def status_of(row: Row) -> str:
    """The EndpointStatus."""
    course, adjusting = course_of(row), row.internal.get("adjusting")
    if course is None:
        return "InService" if adjusting is None else ("RollingBack" if "back" in adjusting else "Updating")
    if row.internal["serving"] is None:
        return "Creating"
    if course.phase is Phase.STUCK:
        return "UpdateRollbackFailed"
    return "Updating" if course.back is None else "RollingBack"


def enter(row: Row, phase: Phase, now: float) -> None:
    """A step is a phase further."""
    _note(row, phase=phase, since=now)


def step_on(row: Row, course: Course, now: float) -> None:
    """A step is done: the next one begins, or the rollout has arrived."""
    if course.place + 1 < len(course.steps):
        _note(row, place=course.place + 1, phase=Phase.LAUNCHING, since=now)
    else:
        _arrive(row, course)


def turn_back(row: Row, course: Course, reason: str, now: float) -> None:
    """The new fleet shall not be; a rollout that is on its way back already, or cannot go there, is stuck."""
    row.document["FailureReason"] = reason
    if course.back is not None:
        enter(row, Phase.STUCK, now)
        for entry, count in zip(entries_of(row, row.internal["serving"]), _kept(row, course), strict=True):
            entry["count"] = count
        return
    _note(row, back=reason, before=list(astuple(course.standing)), place=0, phase=Phase.LAUNCHING, since=now)


def _note(row: Row, **members: Any) -> None:
    row.internal.setdefault("rollout", {}).update(members)


def adopt(row: Row) -> None:
    """The weights and counts that were wanted are so."""
    wanted: dict[str, dict[str, Any]] = row.internal.pop("adjusting", {}).get("wanted", {})
    for entry in entries_of(row, row.internal["serving"]):
        entry.update(wanted.get(entry["variant"]["VariantName"], {}))


def give_up(row: Row, reason: str) -> None:
    """The weights and counts that were wanted are not to be had; those that there were shall be again."""
    row.internal["adjusting"] = {"back": True}
    row.document["FailureReason"] = reason


def _kept(row: Row, course: Course) -> list[int]:
    return [max(1, count) for count in counts_of(row, row.internal["serving"], 1.0 - course.standing.share)]


def _arrive(row: Row, course: Course) -> None:
    """There is one fleet again: the new one, or after the way back the old one."""
    if course.back is None:
        row.internal["serving"] = course.number
        row.document.pop("FailureReason", None)
    serving = str(row.internal["serving"])
    row.internal["fleets"] = {serving: row.internal["fleets"][serving]}
    row.document["EndpointConfigName"] = row.internal["fleets"][serving]["config"]
    del row.internal["next"]
    row.internal.pop("rollout", None)


def _smallest(row: Row, number: int) -> int:
    return min(entry["count"] for entry in row.internal["fleets"][str(number)]["variants"])
