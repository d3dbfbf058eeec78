"""From choices to a verdict: what is worth learning, and what a plain list does."""

from dataclasses import replace

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from fieldstone.framing.findings import Reason
from fieldstone.framing.problem import Constraints, Data, Problem, Window
from fieldstone.framing.recommending.examine import examine
from fieldstone.framing.recommending.interactions import read
from fieldstone.framing.verdict import decide

QUESTION = Problem(question="What should we recommend to each customer?", data=Data(path="log.parquet"))


def verdict(found):
    return decide(found.findings, QUESTION)


def of(found, check):
    return next(each for each in found.findings if each.check == check)


def test_tastes_are_worth_learning(make_log):
    """Guide, layer 2: a recommendation system on purchase history."""
    found = examine(make_log("tastes"), QUESTION)

    assert verdict(found).use_ml is True
    assert "learnt list" in verdict(found).sentence


def test_where_only_popularity_matters_the_list_of_the_most_popular_does(make_log):
    """Guide, when not to use ML: simple rules work fine."""
    decided = verdict(examine(make_log("popular"), QUESTION))

    assert (decided.use_ml, decided.reasons) == (False, (Reason.RULE_WORKS,))
    assert "the same list for all" in decided.instead
    assert "SELECT" in decided.instead


def test_where_people_choose_again_their_own_choices_do(make_log):
    """The plain list is each person's own."""
    found = examine(make_log("again", mean=40), QUESTION)

    assert verdict(found).reasons == (Reason.RULE_WORKS,)
    assert "PARTITION BY" in of(found, "simple").evidence["rule"]["sql"]


def test_choices_by_lot_are_not_worth_learning(make_log):
    """Guide, feasibility: is there a pattern to learn? No."""
    found = examine(make_log("noise"), QUESTION)

    assert (verdict(found).use_ml, verdict(found).reasons) == (False, ())
    assert "no sign" in verdict(found).sentence


def test_few_persons_are_too_little_data(make_log):
    """Guide, when not to use ML: not enough data."""
    found = examine(make_log("tastes", persons=30), QUESTION)

    assert verdict(found).reasons == (Reason.TOO_LITTLE_DATA,)
    assert found.suggestions is None


def test_newcomers_are_told_of(make_log):
    """Persons and things of whom nothing is known yet can only be offered what all are."""
    log = make_log("tastes")
    late = log.time > np.quantile(log.time, 0.8)
    fresh = late & (np.arange(len(log)) % 2 == 0)
    person = np.where(fresh, log.persons + np.arange(len(log)), log.person).astype(np.int32)
    found = of(examine(replace(log, person=person, persons=int(person.max()) + 1), QUESTION), "newcomers")

    assert found.weight == "caution"
    assert found.evidence["choices_by_new_persons"] == pytest.approx(0.5, abs=0.05)


def test_reasons_leave_out_what_gives_none(make_log):
    """A factorisation cannot say why; what goes with one's own choices can."""
    asked = Problem(question="q", constraints=Constraints(interpretability="reasons"))
    (shelf, *_) = examine(make_log("tastes"), asked).suggestions.shelves

    assert not any("factorisation" in each.name for each in shelf.standings)


def test_without_times_the_split_is_called_flattering(make_log):
    """A caution, and no day at which was cut."""
    found = examine(replace(make_log("tastes"), time=None), QUESTION)

    assert "flatters" in of(found, "enough").sentence
    assert found.suggestions.moment == ""


def test_the_same_log_gives_the_same_answer(make_log):
    """Everything random follows from the seed."""
    assert examine(make_log("tastes"), QUESTION) == examine(make_log("tastes"), QUESTION)


@pytest.mark.parametrize("name", ["popular", "again"])
def test_the_plain_list_runs_as_sql_and_as_python(make_log, tmp_path, monkeypatch, name):
    """On the file itself, and both give the same."""
    log = make_log(name, mean=40)
    table = {
        "person": [f"p{code}" for code in log.person],
        "thing": [log.items[code] for code in log.item],
        "at": pa.array(log.time.astype("datetime64[us]")),
    }
    parquet.write_table(pa.table(table), tmp_path / "log.parquet")
    monkeypatch.chdir(tmp_path)
    events = Window(entity="person", time="at", item="thing")
    problem = Problem(question="q", data=Data(path="log.parquet", events=events))
    rule = of(examine(read(problem, tmp_path), problem), "simple").evidence["rule"]
    listed = duckdb.sql(rule["sql"]).fetchall()
    defined: dict = {}
    exec(rule["python"], defined)
    pairs = list(zip(table["person"], table["thing"], strict=True))

    if name == "popular":
        assert sorted(thing for (thing,) in listed) == sorted(defined["suggestions"](pairs))
    else:
        best = [thing for person, thing in listed if person == "p0"]
        times = [sum(pair == ("p0", thing) for pair in pairs) for thing in defined["suggestions"]("p0", pairs)]
        assert sum(pair == ("p0", thing) for pair in pairs for thing in best) == sum(times)


def test_where_nobody_comes_back_it_says_so(make_log):
    """Each person chooses within a day, so nobody has a past when it matters."""
    log = make_log("tastes")
    first = np.random.default_rng(0).integers(0, 365, log.persons)
    time = (first[log.person] * 86_400_000_000 + np.arange(len(log))).astype(np.int64)
    order = np.argsort(time, kind="stable")
    found = examine(replace(log, person=log.person[order], item=log.item[order], time=time[order]), QUESTION)

    assert verdict(found).reasons == (Reason.TOO_LITTLE_DATA,)
    assert "Hardly anybody comes back" in verdict(found).instead
    assert of(found, "newcomers").evidence["choices_by_new_persons"] > 0.9
