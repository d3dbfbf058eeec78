"""Columns as numbers."""

import numpy as np

from fieldstone.framing.discovery.encoding import WEIGHT, encode


def test_each_column_is_taken_as_it_is_told(make_cases, rng):
    """Amounts by logarithm, few values by rank, categories and yes or no at half weight: as the notes say."""
    bell, amount = rng.normal(size=600), np.exp(rng.normal(3, 1, 600))
    stars, member, town = rng.integers(1, 6, 600), rng.random(600) < 0.3, rng.integers(0, 3, 600)
    cases = make_cases(
        np.column_stack([bell, amount, stars, member, town]),
        names=["bell", "amount", "stars", "member", "town"],
        kinds={"member": "boolean", "town": "category"},
        levels={"town": ("Graz", "Linz", "Wels")},
    )
    encoded = encode(cases.features, cases.columns)

    forms = {cases.columns[part.column].name: part.form for part in encoded.parts}
    assert forms == {
        "bell": "as it is",
        "amount": "as its logarithm",
        "stars": "by rank",
        "member": "as yes or no",
        "town": "as its levels",
    }
    assert "Taken as its logarithm: amount." in encoded.notes
    spread = {part.column: encoded.matrix[:, at].std() for at, part in enumerate(encoded.parts) if part.column < 4}
    np.testing.assert_allclose([spread[0], spread[1], spread[2], spread[3]], [1, 1, 1, WEIGHT], atol=0.01)


def test_a_column_that_says_the_same_counts_once(make_cases, rng):
    """Of two columns that go together almost fully the second is left out, and that is told."""
    first = rng.normal(size=500)
    cases = make_cases(np.column_stack([first, 2 * first + 0.01 * rng.normal(size=500)]))
    encoded = encode(cases.features, cases.columns)

    assert len(encoded.parts) == 1
    assert encoded.notes == ("Left out because another column says the same: x1.",)


def test_many_zeros_become_a_yes_or_no(make_cases, rng):
    """Where a third bought nothing, that is one flag; the amount tells of the rest."""
    spent = np.where(rng.random(900) < 0.33, 0, np.exp(rng.normal(3, 1, 900)))
    encoded = encode(make_cases(spent[:, None]).features, make_cases(spent[:, None]).columns)

    assert [part.form for part in encoded.parts] == ["as yes or no", "as its logarithm"]


def test_a_small_group_far_out_is_no_long_tail(make_cases, rng):
    """One case in ten at six deviations stays where it is: drawing it in would hide the group."""
    values = rng.normal(size=1000) + np.where(rng.random(1000) < 0.1, 6, 0)
    encoded = encode(make_cases(values[:, None]).features, make_cases(values[:, None]).columns)

    assert encoded.parts[0].form == "as it is"
