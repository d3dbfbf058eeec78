"""A simulator that the problem file names: a Python file of its author's, which runs in this process.

The file has ``reset(seed)``, which begins a run and returns what is seen, and ``step(action)``, which returns what is
seen, the reward, and whether the run is over; as functions, or as methods of a class ``Simulator``. What is seen is a
number or a list of them, of the same length always. It runs only if ``control.simulator`` names it.
"""

import re
import runpy
import traceback
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import UNSET
from numpy.typing import NDArray

from fieldstone.framing.data.names import suggest
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Problem

Seen = NDArray[np.float64]
Policy = Callable[[Seen, np.random.Generator], Any]
"""From what is seen (and chance) to one of the actions."""

MOST_STEPS = 10_000
"""A run is cut after so many steps."""

_FILE = re.compile(r"\S+\.py")
_SHAPE = (
    "def reset(seed): ...  # returns what is seen, a list of numbers\n"
    "def step(action): ...  # returns what is seen, the reward, and whether the run is over"
)


@dataclass(frozen=True, slots=True)
class Run:
    """One run: the rewards added up, its steps, and whether it had to be cut."""

    reward: float
    steps: int
    cut: bool
    seen: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class Simulator:
    """Surroundings to act in.

    Attributes:
        path: The file.
        actions: What ``step`` is given: one of these.
        names: Everything that the file defines.
    """

    path: Path
    actions: tuple[Any, ...]
    names: dict[str, Any]
    _reset: Callable[[int], Any]
    _step: Callable[[Any], Any]

    def run(self, policy: Policy, seed: int, *, keep: bool = False) -> Run:
        """Let a policy act from a seeded beginning to the end; ``keep`` what was seen.

        Raises:
            ProblemError: The simulator fails, or returns something else than it must.
        """
        chance = np.random.default_rng(seed)
        total, kept = 0.0, list[Seen]()
        with _blamed(self.path):
            seen = _seen(self.path, self._reset(seed))
            for steps in range(1, MOST_STEPS + 1):
                kept += [seen] if keep else []
                outcome = self._step(policy(seen, chance))
                after, reward, done = _outcome(self.path, outcome)
                total += reward
                if done:
                    return Run(total, steps, cut=False, seen=tuple(kept))
                if after.shape != seen.shape:
                    raise ProblemError(
                        f"{self.path.name}: what is seen had {len(seen)} numbers, and {len(after)} after a step. "
                        f"Return as many always."
                    )
                seen = after
        return Run(total, MOST_STEPS, cut=True, seen=tuple(kept))

    def rule(self, name: str) -> Policy:
        """The policy that a function of the file is: from what is seen to an action.

        Raises:
            ProblemError: The file has no such function.
        """
        function = self.names.get(name)
        if not callable(function):
            known = sorted(key for key, each in self.names.items() if callable(each) and not key.startswith("_"))
            raise ProblemError(
                f"baseline.rule: {self.path.name} has no function {name!r} that says what is done today. "
                f"{suggest(name, known)} Write: rule: the name of a function from what is seen to an action."
            )
        return lambda seen, _: self._checked(name, function(seen))

    def _checked(self, name: str, action: Any) -> Any:
        if action not in self.actions:
            raise ProblemError(
                f"baseline.rule: {name} returned {action!r}, which is none of the actions "
                f"({', '.join(map(str, self.actions))}). Return one of them."
            )
        return action


def names_file(words: str) -> bool:
    """Whether ``control.simulator`` is a Python file rather than words."""
    return bool(_FILE.fullmatch(words.strip()))


def load(problem: Problem, base: Path) -> Simulator:
    """Run the file that ``control.simulator`` names, and take what it defines.

    Raises:
        ProblemError: There is no such file, it fails, or something is missing from it.
    """
    assert problem.control.simulator is not UNSET
    path = Path(base, problem.control.simulator.strip())
    if not path.is_file():
        there = sorted(each.name for each in base.glob("*.py"))
        nearest = suggest(path.name, there) if there else "There is no Python file."
        raise ProblemError(f"control.simulator: there is no file {path.name!r} in {base.resolve()}. {nearest}")
    with _blamed(path):
        names = runpy.run_path(str(path), run_name="simulator")
        home = names["Simulator"]() if "Simulator" in names else None
    reset, step = ((getattr(home, name, None) if home else names.get(name)) for name in ("reset", "step"))
    if not callable(reset) or not callable(step):
        missing = "reset" if not callable(reset) else "step"
        raise ProblemError(f"{path.name}: there is no function {missing}. Write in it:\n\n{_SHAPE}")
    return Simulator(path, _actions(problem, path), names, reset, step)


def _actions(problem: Problem, path: Path) -> tuple[Any, ...]:
    """What can be done at each step."""
    told: Sequence[Any] = () if problem.control.actions is UNSET else problem.control.actions
    # YAML's 0 and 1 come as 0.0 and 1.0, and a simulator may use them as places in a list.
    actions = tuple(int(each) if isinstance(each, float) and each.is_integer() else each for each in told)
    if len(actions) < 2:
        raise ProblemError(
            f"control.actions: say what can be done at each step, two things at least; step(action) of {path.name} is "
            f"given one of them. Write for example: actions: [keep, switch]"
        )
    return actions


def _outcome(path: Path, outcome: Any) -> tuple[Seen, float, bool]:
    if not isinstance(outcome, tuple) or len(outcome) != 3:
        raise ProblemError(
            f"{path.name}: step returned {str(outcome)[:80]!r}, not three things. Return what is seen, the reward, and "
            f"whether the run is over."
        )
    after, reward, done = outcome
    if not isinstance(reward, int | float | np.number) or not np.isfinite(float(reward)):
        raise ProblemError(f"{path.name}: step returned the reward {reward!r}, which is no number. Return one.")
    return _seen(path, after), float(reward), bool(done)


def _seen(path: Path, what: Any) -> Seen:
    try:
        seen = np.atleast_1d(np.asarray(what, dtype=np.float64)).ravel()
    except (TypeError, ValueError):
        seen = np.array([np.nan])
    if not np.isfinite(seen).all():
        raise ProblemError(f"{path.name}: what is seen was {str(what)[:80]!r}. Return a number, or a list of numbers.")
    return seen


@contextmanager
def _blamed(path: Path) -> Generator[None]:
    """Turn whatever goes wrong in the author's file into its line and the error's words."""
    try:
        yield
    except ProblemError:
        raise
    except SyntaxError as error:
        raise ProblemError(f"{path.name}, line {error.lineno}: {error.msg}. Correct the simulator.") from error
    except (Exception, SystemExit) as error:
        # The author's code may raise anything, and may end the program.
        places = [each.lineno for each in traceback.extract_tb(error.__traceback__) if each.filename == str(path)]
        where = f"{path.name}, line {places[-1]}" if places else path.name
        raise ProblemError(f"{where}: {type(error).__name__}: {error}. Correct the simulator.") from error
