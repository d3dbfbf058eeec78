"""What contests say, for people; and the records that a report shows."""

from collections.abc import Sequence

import numpy as np

from fieldstone.framing.choice.wording import percent
from fieldstone.framing.recommending.contest import Contest, Season
from fieldstone.framing.recommending.interactions import Interactions
from fieldstone.framing.recommending.past import Past
from fieldstone.framing.recommending.record import Pair, Popular, Shelf, Standing, Suggestions

_TASK = {"anything": "of all things", "new": "of what was new to them"}
_FIRSTS, _SECONDS, _SUPPORT = 5, 2, 10


def measure(length: int) -> str:
    """The measure's name."""
    return f"NDCG@{length}"


def compared(contest: Contest, length: int) -> str:
    """One task in one sentence, from its lower-case beginning, without a full stop."""
    rule, learner, added = contest.rule, contest.learner, contest.added
    return (
        f"{_TASK[contest.task]}, {percent(learner.hit.value)} of {contest.persons:,} persons chose something from "
        f"their learnt list of {length} ({_short(learner.way.words)}), {percent(rule.hit.value)} from the plain list "
        f"({_short(rule.way.words)}); {measure(length)} is {learner.ndcg.value:.3f} against {rule.ndcg.value:.3f}, so "
        f"learning adds {added.value:.3f} ({added.low:.3f} to {added.high:.3f}; under {contest.margin:.3f} would not "
        f"matter)"
    )


def brief(contest: Contest, length: int) -> str:
    """What learning wins in one task, for the verdict."""
    rule, learner = contest.rule, contest.learner
    what = "something they had not had before" if contest.task == "new" else "something"
    return (
        f"of {contest.persons:,} persons {percent(learner.hit.value)} chose {what} from a learnt list of {length}, "
        f"{percent(rule.hit.value)} from the best plain one ({measure(length)} {learner.ndcg.value:.3f} against "
        f"{rule.ndcg.value:.3f})"
    )


def odds(chance: float) -> str:
    """A chance in words."""
    return "fewer than 1 of 1,000" if chance < 0.001 else f"{1000 * chance:.0f} of 1,000"


def _short(words: str) -> str:
    return words.partition(" (")[0]


def suggestions(contests: Sequence[Contest], whole: Season, log: Interactions) -> Suggestions:
    """The records for the report."""
    length = whole.trial.length
    return Suggestions(
        measure=measure(length),
        length=length,
        moment=moment(whole),
        shelves=tuple(_shelf(contest, length) for contest in contests),
        popular=_popular(whole.trial.past, log, length),
        pairs=_pairs(whole.trial.past, log),
    )


def moment(whole: Season) -> str:
    """The day that divides learning from judging; empty without times."""
    return "" if whole.later.time is None else str(np.datetime64(int(whole.later.time[0]), "us"))[:10]


def _shelf(contest: Contest, length: int) -> Shelf:
    entered = {contest.rule.way, contest.learner.way}
    rows = tuple(
        Standing(
            each.way.words,
            each.ndcg,
            each.hit,
            each.coverage,
            each.over_popular,
            learns=each.way.learns,
            entered=each.way in entered,
        )
        for each in contest.standings
    )
    said = compared(contest, length)
    return Shelf(contest.task, contest.persons, rows, f"{said[:1].upper()}{said[1:]}.")


def _popular(past: Past, log: Interactions, length: int) -> tuple[Popular, ...]:
    persons = max(1, int(np.sum(np.diff(past.profiles.indptr) > 0)))
    best = np.argsort(-past.popular, kind="stable")[:length]
    return tuple(Popular(log.items[past.catalogue[at]], float(past.popular[at]) / persons) for at in best)


def _pairs(past: Past, log: Interactions) -> tuple[Pair, ...]:
    """What goes with the most popular things: chosen most beyond expectation by those who chose the first."""
    binary = past.profiles.copy()
    binary.data[:] = 1
    persons = max(1, int(np.sum(np.diff(binary.indptr) > 0)))
    found: list[Pair] = []
    for first in np.argsort(-past.popular, kind="stable")[:_FIRSTS]:
        chose = binary[:, [int(first)]].toarray().ravel() > 0
        together = binary[chose].toarray().sum(axis=0)
        expected = np.maximum(past.popular * chose.sum() / persons, 1e-9)
        surprise = (together - expected) / np.sqrt(expected)
        surprise[(together < _SUPPORT) | (np.arange(len(surprise)) == first)] = 0
        for second in np.argsort(-surprise, kind="stable")[:_SECONDS]:
            if surprise[second] > 0:
                names = (log.items[past.catalogue[first]], log.items[past.catalogue[second]])
                share, times = together[second] / chose.sum(), together[second] / expected[second]
                found.append(Pair(*names, float(share), float(times)))
    return tuple(found)
