"""Small trees, written out as SQL and Python."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from fieldstone.framing.cases import Column
from fieldstone.framing.trials import rules
from fieldstone.framing.trials.trees import grow

COLUMNS = (
    Column("amount", "number", 0.2, 100),
    Column("plan", "category", 0.1, 3, ("basic", "it's", "pro")),
    Column("is new", "boolean", 0.0, 2),
)


def observed(seed, count=600):
    rng = np.random.default_rng(seed)
    features = np.column_stack([rng.exponential(50, count), rng.integers(0, 3, count), rng.integers(0, 2, count)])
    features[rng.random(count) < 0.2, 0] = np.nan
    features[rng.random(count) < 0.1, 1] = np.nan
    return features.astype(np.float32)


def as_table(features):
    amount = pa.array(features[:, 0], mask=np.isnan(features[:, 0]))
    plan = [None if np.isnan(code) else COLUMNS[1].levels[int(code)] for code in features[:, 1]]
    return pa.table({"amount": amount, "plan": plan, "is new": features[:, 2] > 0})


def answers_of(rule, observed_cases):
    space = {}
    exec(rule.python, space)
    by_sql = [row[0] for row in duckdb.sql(f"SELECT {rule.sql} FROM observed_cases").fetchall()]
    return by_sql, [space["answer"](row) for row in observed_cases.to_pylist()]


@pytest.mark.parametrize("leaves", [2, 3, 8])
@pytest.mark.parametrize("seed", range(6))
def test_sql_and_python_answer_as_the_tree_does(seed, leaves):
    """Whatever is empty, and whichever kinds of columns it splits, a rule answers as its tree."""
    features = observed(seed)
    rng = np.random.default_rng(seed)
    score = np.nan_to_num(features[:, 0], nan=20 * seed) / 50 + (features[:, 1] == 1) + features[:, 2] * (seed % 2)
    target = (score + rng.normal(size=600) * 0.3 > 1.2).astype(float)
    tree = grow(COLUMNS, "binary", 2, leaves=leaves).fit(features, target)
    flagged = [bool(leaf.answer[0] > 0.5) for leaf in tree.leaves]
    by_sql, by_python = answers_of(rules.condition(tree, flagged, COLUMNS), as_table(features))
    numbers = [float(place) for place in range(len(tree.leaves))]
    table_sql, table_python = answers_of(rules.table(tree, numbers, COLUMNS), as_table(features))

    assert [bool(answer) for answer in by_sql] == (tree.predict(features) > 0.5).tolist()
    assert [bool(answer) for answer in by_python] == (tree.predict(features) > 0.5).tolist()
    reached = [place for row in features for place, leaf in enumerate(tree.leaves) if tree.reach(leaf, row[None])[0]]
    assert table_sql == table_python == reached


def test_neighbours_that_answer_alike_are_one():
    """A table over one feature is as short as its answers allow."""
    features = np.linspace(0, 1, 400, dtype=np.float32)[:, None]
    columns = (Column("x", "number", 0.0, 400),)
    tree = grow(columns, "binary", 2, leaves=8).fit(features, (features[:, 0] > 0.25).astype(float))
    flagged = [bool(leaf.answer[0] > 0.5) for leaf in tree.leaves]

    assert rules.condition(tree, flagged, columns).words.startswith("x is over 0.2")
    assert " or " not in rules.condition(tree, flagged, columns).words


def test_names_are_quoted_where_they_must_be():
    """Blanks and quotes in a name survive."""
    assert rules.quoted("plain_name") == "plain_name"
    assert rules.quoted('odd "name"') == '"odd ""name"""'
