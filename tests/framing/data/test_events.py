"""Cases out of an event log: they are what the definition says, and nothing from after their moment enters them."""

import math
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from fieldstone.framing.cases import Cases
from fieldstone.framing.data.events import cases_from_events
from fieldstone.framing.mistakes import ProblemError
from fieldstone.framing.problem import Data, Problem, Silence, Target, Window

START = datetime(2024, 3, 1, 8, 30)  # noqa: DTZ001 - the data's times have no zone
WINDOWS = (30, 90, 180)
SILENCE, AHEAD, EVERY, LOOKBACK = 40, 15, 10, 180


@dataclass(frozen=True)
class Event:
    who: str
    at: datetime
    amount: float | None
    shop: str | None


def log(seed: int, count: int = 400, days: int = 420) -> list[Event]:
    """Events of a dozen customers, some at the same instant, some at midnight, some without a value or a shop."""
    rng = random.Random(seed)
    events = []
    for _ in range(count):
        at = START + timedelta(days=rng.randrange(days), minutes=rng.choice([0, 0, 930, rng.randrange(1440)]))
        amount = rng.choice([None, 5.0, rng.uniform(-20, 200)])
        events.append(Event(f"c{int(12 * rng.random() ** 2)}", at, amount, rng.choice(["a", "b", "c", None])))
    return [Event("c0", START, 1.0, "a"), *events, Event("c0", START + timedelta(days=days), 1.0, "a")]


def table(events: list[Event]) -> pa.Table:
    return pa.table(
        {
            "who": pa.array([e.who for e in events]),
            "at": pa.array([e.at for e in events], pa.timestamp("us")),
            "amount": pa.array([e.amount for e in events], pa.float64()),
            "shop": pa.array([e.shop for e in events], pa.string()),
        }
    )


def problem(**target: object) -> Problem:
    window = Window(entity="who", time="at", value="amount", lookback_days=LOOKBACK, every_days=EVERY)
    chosen = target or {"silence": Silence(none_for_days=SILENCE, days_ahead=AHEAD)}
    return Problem(question="Who stays away?", data=Data(path="-", events=window), target=Target(**chosen))


def by_case(cases: Cases) -> dict[tuple[str, datetime], dict[str, object]]:
    rows = cases.table.to_pylist()
    return {(row.pop("who"), row.pop("prediction_time")): row for row in rows}


def same(one: dict[str, object], other: dict[str, object]) -> bool:
    return one.keys() == other.keys() and all(
        one[key] == other[key]
        or (isinstance(one[key], float) and math.isclose(one[key], other[key], rel_tol=1e-9, abs_tol=1e-9))
        for key in one
    )


def day(span: timedelta) -> float:
    return span / timedelta(days=1)


def oracle(events: list[Event]) -> dict[tuple[str, datetime], tuple[dict[str, float | None], float]]:
    """The definition, word for word and slowly: every customer at every moment."""
    first, end = min(e.at for e in events), max(e.at for e in events)
    moment = first + min(timedelta(days=LOOKBACK), (end - first - timedelta(days=AHEAD)) / 2)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    moment = midnight if midnight == moment else midnight + timedelta(days=1)
    found = {}
    while moment + timedelta(days=AHEAD) <= end:
        for who in {e.who for e in events}:
            past = sorted((e for e in events if e.who == who and e.at <= moment), key=lambda e: e.at)
            if past and timedelta(days=SILENCE - AHEAD) <= moment - past[-1].at < timedelta(days=SILENCE):
                over = past[-1].at + timedelta(days=SILENCE)
                back = any(e.who == who and moment < e.at <= over for e in events)
                found[who, moment] = (known(past, moment), 0.0 if back else 1.0)
        moment += timedelta(days=EVERY)
    return found


def ratio(over: float | None, under: float | None) -> float | None:
    return None if over is None or under is None or under <= 0 else over / under


def known(past: list[Event], moment: datetime) -> dict[str, float | None]:
    instants = sorted({e.at for e in past})
    silence = day(moment - instants[-1])
    usual = ratio(day(instants[-1] - instants[0]), len(instants) - 1)
    row: dict[str, float | None] = {
        "days_since_last": silence,
        "days_since_first": day(moment - instants[0]),
        "usual_gap_days": usual,
        "last_gap_days": day(instants[-1] - instants[-2]) if len(instants) > 1 else None,
        "silence_in_usual_gaps": ratio(silence, usual),
    }
    recent = {w: [e for e in past if e.at > moment - timedelta(days=w)] for w in WINDOWS}
    amounts = {w: [e.amount for e in recent[w] if e.amount is not None] for w in WINDOWS}
    means = {w: ratio(sum(amounts[w]), len(amounts[w])) for w in WINDOWS}
    for w in WINDOWS:
        row |= {f"events_{w}d": len(recent[w]), f"value_{w}d": sum(amounts[w]), f"value_mean_{w}d": means[w]}
    for short, long in pairwise(WINDOWS):
        row[f"events_trend_{short}d_of_{long}d"] = ratio(len(recent[short]), len(recent[long]) * short / long)
        row[f"value_trend_{short}d_of_{long}d"] = ratio(means[short], means[long])
    return row | {"distinct_shop_180d": len({e.shop for e in recent[180] if e.shop})}


@pytest.mark.parametrize("seed", range(6))
def test_cases_features_and_labels_are_those_of_the_definition_worked_out_one_by_one(seed):
    """Every case that a slow reading of the definition finds is found, with equal features and label, and no other."""
    events = log(seed)
    cases = cases_from_events(table(events), problem())
    wanted = oracle(events)

    rows = by_case(cases)
    labels = dict(zip(rows, cases.target, strict=True))

    assert rows.keys() == wanted.keys()
    for key, (features, label) in wanted.items():
        row = {name: rows[key][name] for name in features}
        assert same(row, features), (key, row, features)
        assert labels[key] == label
    assert 0 < cases.target.mean() < 1


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), added=st.integers(0, 60), cut=st.floats(0.3, 0.95), removed=st.booleans())
def test_nothing_after_a_case_s_moment_enters_its_features(seed, added, cut, removed):
    """Events after a moment may be added, changed or removed: no feature of any case up to that moment changes."""
    events = log(seed)
    edge = START + timedelta(days=420 * cut)
    rng = random.Random(seed + 1)
    after = [
        Event(
            f"c{rng.randrange(12)}", edge + timedelta(seconds=rng.randrange(1, 20_000_000)), rng.uniform(-1e6, 1e6), "z"
        )
        for _ in range(added)
    ]
    kept = [e for e in events if e.at <= edge or not (removed and rng.random() < 0.7)]
    changed = [*kept, *after, Event("c0", max(e.at for e in events), 1e9, "a")]

    before = by_case(cases_from_events(table(events), problem()))
    now = by_case(cases_from_events(table(changed), problem()))

    for key in before.keys() & now.keys():
        if key[1] <= edge:
            assert before[key] == now[key], key
    assert {key for key in before if key[1] <= edge} == {key for key in now if key[1] <= edge}


def test_the_guide_s_churn_no_purchase_in_90_days_predicted_30_days_ahead():
    """Module 2, "What exactly counts as churn?": who has been silent for 60 to 90 days; positive if day 90 comes so."""
    ends = [Event("z", START, None, None), Event("z", START + timedelta(days=700), None, None)]
    moment = datetime(2025, 3, 2)  # noqa: DTZ001 - the first of the grid: a year after the log's first day
    last = {"early": 59.9, "lost": 60, "back": 75, "late": 89.9, "gone": 90}
    bought = [Event(who, moment - timedelta(days=days), None, None) for who, days in last.items()]
    back = Event("back", moment + timedelta(days=14), None, None)
    asked = Problem(
        question="Who will churn in the next 30 days?",
        data=Data(path="-", events=Window(entity="who", time="at")),
        target=Target(silence=Silence(none_for_days=90, days_ahead=30)),
    )

    cases = cases_from_events(table([*ends, *bought, back]), asked)

    labels = {key[0]: label for key, label in zip(by_case(cases), cases.target, strict=True) if key[1] == moment}
    assert labels == {"lost": 1.0, "back": 0.0, "late": 1.0}


def test_an_event_at_the_moment_itself_is_known_and_one_just_after_is_not():
    """The boundary lies at the moment: at it is past, a microsecond later is future."""
    base = log(1)
    moment = min(moment for _, moment in by_case(cases_from_events(table(base), problem())))
    who = "new"
    early = Event(who, moment - timedelta(days=SILENCE - AHEAD), 7.0, "a")
    after = Event(who, moment + timedelta(microseconds=1), 9.0, "a")

    cases = cases_from_events(table([*base, early, after]), problem())
    row = by_case(cases)[who, moment]
    at = by_case(cases_from_events(table([*base, early, Event(who, moment, 9.0, "a")]), problem()))

    assert row["value_180d"] == 7.0
    assert cases.target[list(by_case(cases)).index((who, moment))] == 0.0
    assert (who, moment) not in at  # no longer silent for N - A days


@pytest.mark.parametrize(("days", "label"), [(SILENCE, 0.0), (SILENCE + 1 / 86400, 1.0)])
def test_a_silence_must_be_full_to_count(days, label):
    """A return on the last instant of the silence ends it; a second later is too late."""
    base = log(2)
    moment = min(moment for _, moment in by_case(cases_from_events(table(base), problem())))
    last = moment - timedelta(days=SILENCE - AHEAD + 3)
    events = [*base, Event("new", last, 1.0, "a"), Event("new", last + timedelta(days=days), 1.0, "a")]

    cases = cases_from_events(table(events), problem())

    assert cases.target[list(by_case(cases)).index(("new", moment))] == label


def test_moments_whose_horizon_is_not_over_are_left_out():
    """No case's label would need an event from after the log's end."""
    events = log(3)

    cases = cases_from_events(table(events), problem())

    end = np.datetime64(max(e.at for e in events), "us")
    assert cases.time.max() + np.timedelta64(AHEAD, "D") <= end
    assert cases.time.max() + np.timedelta64(AHEAD + EVERY, "D") > end


def test_a_gap_hides_the_last_days_from_features():
    """With a gap of five days, what happened in the five days before the moment is future."""
    events = log(4)
    asked = problem()
    window = msgspec.structs.replace(asked.data.events, gap_days=5.0)
    gapped = msgspec.structs.replace(asked, data=msgspec.structs.replace(asked.data, events=window))

    for (who, moment), row in by_case(cases_from_events(table(events), gapped)).items():
        seen = [e.at for e in events if e.who == who and e.at <= moment - timedelta(days=5)]

        assert row["days_since_last"] == pytest.approx(day(moment - max(seen)))


def test_the_value_to_come_can_be_the_target():
    """A target that is the value column is its sum over the next steps, and nothing before or behind."""
    events = log(5)

    cases = cases_from_events(table(events), problem(column="amount", horizon=2))

    for (who, moment), label in zip(by_case(cases), cases.target, strict=True):
        ahead = [e for e in events if e.who == who and moment < e.at <= moment + timedelta(days=2 * EVERY)]
        assert label == pytest.approx(sum(e.amount or 0 for e in ahead))


def test_without_a_target_each_entity_is_one_case_at_the_end():
    """For segments, a customer is described once, as of the log's last event."""
    events = log(6)
    window = msgspec.structs.replace(problem().data.events, lookback_days=10_000.0)

    cases = cases_from_events(table(events), Problem(question="Which kinds?", data=Data(path="-", events=window)))

    assert sorted(cases.ids) == sorted({e.who for e in events})
    assert cases.target is None
    assert set(cases.time) == {np.datetime64(max(e.at for e in events), "us")}


def test_a_log_in_a_file_gives_the_same_cases_as_in_memory(tmp_path):
    """A path is read by DuckDB itself; nothing changes but the memory that it takes."""
    events = table(log(7))
    parquet.write_table(events, tmp_path / "log.parquet")
    asked = problem()
    named = msgspec.structs.replace(asked, data=msgspec.structs.replace(asked.data, path="log.parquet"))

    from_file, from_memory = cases_from_events(Path(tmp_path), named), cases_from_events(events, asked)

    assert from_file.table.equals(from_memory.table)
    np.testing.assert_array_equal(from_file.features, from_memory.features)
    np.testing.assert_array_equal(from_file.target, from_memory.target)


def test_the_same_log_in_another_order_gives_the_same_cases():
    """Rows may come in any order."""
    events = log(8)
    shuffled = random.Random(1).sample(events, len(events))

    assert by_case(cases_from_events(table(events), problem())) == by_case(
        cases_from_events(table(shuffled), problem())
    )


@pytest.mark.parametrize(
    ("window", "target", "words"),
    [
        ({"entity": "whom"}, {}, "Did you mean 'who'?"),
        ({"time": "att"}, {}, "Did you mean 'at'?"),
        ({"value": "shop"}, {}, "holds .*which is no number"),
        ({}, {"silence": Silence(none_for_days=30, days_ahead=60)}, "Write days_ahead: 30 or less"),
        ({}, {"silence": Silence(none_for_days=900, days_ahead=900)}, "the log covers 420 days"),
        ({}, {"column": "shop"}, "Say what is to be known"),
    ],
)
def test_what_cannot_be_cut_out_is_said_with_what_to_type(window, target, words):
    """A wrong column, a value that is no number, an impossible silence or too short a log is explained."""
    asked = problem(**target)
    window = msgspec.structs.replace(asked.data.events, **window)

    with pytest.raises(ProblemError, match=words):
        cases_from_events(
            table(log(9)), msgspec.structs.replace(asked, data=msgspec.structs.replace(asked.data, events=window))
        )


def test_times_that_cannot_be_read_are_shown():
    """A log whose times are words names the first one and the forms that are read."""
    events = pa.table({"who": ["a", "b"], "at": ["2024-01-01", "soon"], "amount": [1.0, 2.0]})

    with pytest.raises(ProblemError, match=r"column 'at', row 2 after the header: 'soon' is no time.*22\.11\.2026"):
        cases_from_events(events, problem())
