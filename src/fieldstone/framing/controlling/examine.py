"""The examination of a control problem: can it be simulated, is there a reward, can much be tried, and does it pay."""

import re
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from inspect import getsource
from pathlib import Path

from msgspec import UNSET

from fieldstone.framing.choice.wording import figure
from fieldstone.framing.controlling.measure import BUDGET, Measured, measure
from fieldstone.framing.controlling.simulator import Simulator, load, names_file
from fieldstone.framing.findings import Finding, Reason
from fieldstone.framing.problem import Problem

_NONE = re.compile(
    r"(no|none|nothing|not\b.*|nobody.*|we (have|can)\W?(not|no|none)\b.*|there is no(ne)?\b.*|no\b.*)", re.IGNORECASE
)
_USUAL = (1e6, 1e7)
"""So many steps learning by trying usually takes."""

_TOO_LONG = 30 * 86_400.0
_UNITS = ((86_400.0, "days"), (3600.0, "hours"), (60.0, "minutes"), (1.0, "seconds"))
_INSTEAD = (
    "Steer by a rule, or by a controller planned from what is known of the system. Where decisions and what came of "
    "them are on record, learn to foretell the outcome of each action from it (supervised learning) and do what is "
    "foretold best, with a few actions drawn by lot so that the record keeps telling (a bandit). Or build a "
    "simulator first, and hold it against the record."
)


@dataclass(frozen=True, slots=True)
class Controlling:
    """What was found, what was measured (None without a simulator to run), and today's rule as code if that is it."""

    findings: tuple[Finding, ...]
    measured: Measured | None = None
    code: str = ""


def examine(
    problem: Problem, base: Path, *, progress: Callable[[str], None], budget: int = BUDGET, seed: int = 0
) -> Controlling:
    """Examine whether learning by trying is possible, and whether it pays, in at most so many steps of a simulator.

    Raises:
        ProblemError: The simulator fails, or is not what the file says.
    """
    control = problem.control
    told = (*_tolerance(problem), *_reward(problem))
    if control.simulator is UNSET or _NONE.fullmatch(control.simulator.strip(" .!")):
        return Controlling((_nothing(problem), *told))
    if not names_file(control.simulator):
        return Controlling((_described(problem), *told))
    with redirect_stdout(sys.stderr):  # a simulator that prints must not get into the report
        simulator = load(problem, base)
        found = measure(simulator, problem, progress=progress, budget=budget, seed=seed)
    findings = (_surroundings(simulator, found), _signal(found), _simple(found), _reality(found), *told)
    return Controlling(findings, found, _code(problem, simulator, found))


def _nothing(problem: Problem) -> Finding:
    told = problem.control.simulator is not UNSET
    said = (
        "There are no surroundings in which actions could be tried without harm"
        if told
        else ("The file names no surroundings in which actions could be tried without harm (control.simulator)")
    )
    logged = "" if problem.data is UNSET else f" {problem.data.path} may be such a record."
    sentence = f"{said}; learning by trying takes {_USUAL[0]:,.0f} tries and more, most of them bad ones."
    return Finding("surroundings", "stop", sentence, {"simulator": None}, _INSTEAD + logged)


def _described(problem: Problem) -> Finding:
    """A simulator in words: nothing can be tried, but its pace may say enough."""
    pace = problem.control.steps_a_second
    evidence = {"simulator": problem.control.simulator, "steps_a_second": None if pace is UNSET else pace}
    if pace is not UNSET and _USUAL[0] / pace > _TOO_LONG:
        sentence = (
            f"With {pace:g} steps a second, the million steps that learning by trying takes at least would need "
            f"{_lasting(_USUAL[0] / pace)}."
        )
        return Finding("surroundings", "stop", sentence, evidence, _INSTEAD)
    lasting = "" if pace is UNSET else f" A million steps would take {_lasting(_USUAL[0] / pace)}."
    sentence = f"The simulator is told of in words, so nothing could be tried.{lasting}"
    advice = "Name it under control.simulator: a Python file with reset(seed) and step(action)."
    return Finding("trials", "stop", sentence, evidence, advice)


def _surroundings(simulator: Simulator, found: Measured) -> Finding:
    pace = found.steps_a_second
    low, high = (_lasting(steps / pace) for steps in _USUAL)
    sentence = (
        f"{simulator.path.name} does about {_about(pace)} steps a second; a run takes {figure(found.length)}. The one "
        f"to ten million steps that learning by trying usually takes would need {low} to {high} on one core."
    )
    evidence = {
        "steps_a_second": float(f"{pace:.1g}"),
        "steps_a_run": found.length,
        "runs_cut": found.cut,
        "repeatable": found.repeatable,
        "actions": [str(each) for each in simulator.actions],
    }
    if _USUAL[0] / pace > _TOO_LONG:
        return Finding("surroundings", "stop", sentence, evidence, _INSTEAD)
    if not found.repeatable:
        advice = "Draw everything random in it from the seed that reset is given."
        sentence += " The same seed and actions give different rewards, so no figure here can be had again."
        return Finding("surroundings", "caution", sentence, evidence, advice)
    if found.cut:
        advice = "Let step say that a run is over after a stretch that is like the ones that matter."
        return Finding("surroundings", "caution", f"{sentence} Some runs do not end.", evidence, advice)
    return Finding("surroundings", "fine", sentence, evidence)


def _signal(found: Measured) -> Finding:
    """Whether it matters at all what is done, and whether learning finds what to do."""
    chance, plain = found.ways[0], found.plain
    learnt = next((way for way in found.ways if way.sort == "learnt"), None)
    evidence = {
        "reward_of_a_run": {way.name: [way.mean.value, way.mean.low, way.mean.high] for way in found.ways},
        "runs": len(chance.rewards),
        "learnt_in_steps": found.learnt_in,
    }
    if learnt is None or found.added is None:
        sentence = f"{plain.name} earns {_earned(plain.mean.value)} a run; there was no time to learn anything better."
        advice = "Try a learner on a machine of its own, against the same figure."
        return Finding("trials", "stop", sentence, evidence, advice)
    if not found.matters:
        sentence = (
            f"It hardly matters what is done: nothing surely earns more than actions by chance, which earn "
            f"{_earned(chance.mean.value)} a run."
        )
        advice = "Look whether the actions have any bearing on the reward, and whether what matters is seen."
        return Finding("signal", "stop", sentence, evidence, advice)
    said = _compared(found)
    pays = found.added.low > 0 and found.added.value > found.margin
    sentence = f"{said[:1].upper()}{said[1:]}." if pays else f"What is done matters: {said}."
    return Finding("signal", "fine", sentence, evidence)


def _simple(found: Measured) -> Finding:
    """Whether a plain way to act does as well as a learnt one."""
    added, plain = found.added, found.plain
    evidence = {
        "plain": plain.name,
        "margin": found.margin,
        "learning_adds": None if added is None else [added.value, added.low, added.high],
    }
    if added is None or not found.matters:
        return Finding("simple", "caution", "Nothing was learnt that a plain way could be held against.", evidence)
    if added.low > 0 and added.value > found.margin:
        return Finding("simple", "fine", f"No plain way to act does as well: {_compared(found)}.", evidence)
    sentence = f"A plain way to act does as well as what a quick learner found: {_compared(found)}."
    advice = f"Keep to it ({plain.name}). A longer search may find more; what is there to win bounds what it is worth."
    return Finding("simple", "stop", sentence, evidence, advice, Reason.RULE_WORKS)


def _compared(found: Measured) -> str:
    learnt = next(way for way in found.ways if way.sort == "learnt")
    assert found.added is not None
    return (
        f"a policy {learnt.name} earns {_earned(learnt.mean.value)} a run, {found.plain.name} "
        f"{_earned(found.plain.mean.value)}, actions by chance {_earned(found.ways[0].mean.value)}; learning adds "
        f"{_earned(found.added.value)} ({_earned(found.added.low)} to {_earned(found.added.high)}; under "
        f"{figure(found.margin)} would not matter)"
    )


def _reality(found: Measured) -> Finding:
    del found
    sentence = "Whatever is learnt is as good as the simulator is true."
    advice = (
        "Run today's rule in it and compare with the record of what really came of it, before anything learnt acts."
    )
    return Finding("reality", "caution", sentence, {}, advice)


def _reward(problem: Problem) -> tuple[Finding, ...]:
    if problem.control.reward is not UNSET:
        return ()
    sentence = (
        "Nothing says what a step earns or costs (control.reward), so nobody can see whether that is what is wanted."
    )
    advice = "Say it in one sentence, in what the business counts: minus one for each car that waits a second."
    return (Finding("reward", "caution", sentence, {}, advice),)


def _tolerance(problem: Problem) -> tuple[Finding, ...]:
    if problem.constraints.mistakes != "never":
        return ()
    sentence = "No mistake may happen: nothing learnt by trying can promise that."
    advice = "Act by rules that can be checked line by line (or proven); let what is learnt only propose."
    return (Finding("tolerance", "stop", sentence, {}, advice, Reason.NO_MISTAKES),)


def _code(problem: Problem, simulator: Simulator, found: Measured) -> str:
    """Today's rule as it stands in the simulator's file, where it is the best plain way."""
    rule = problem.baseline.rule
    if found.plain.sort != "today" or rule is UNSET:
        return f"# {found.plain.name}"
    try:
        return getsource(simulator.names[rule])
    except (OSError, TypeError):
        return f"# {rule} of {simulator.path.name}"


def _earned(value: float) -> str:
    return ("\N{MINUS SIGN}" if value < 0 else "") + figure(abs(value))


def _about(pace: float) -> str:
    return f"{float(f'{pace:.1g}'):,.0f}" if pace >= 1 else f"{pace:.2g}"


def _lasting(seconds: float) -> str:
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds >= size), _UNITS[-1])
    return f"{max(1, round(float(f'{seconds / size:.1g}'))):,} {unit}"
