"""Families of synthetic cases whose truth is known, for ``framing_checks.py``.

A family takes a random generator, and most a number of cases, and returns ``Cases`` with the kind of problem.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from scipy.special import expit

from fieldstone.framing.cases import Cases, Column
from fieldstone.framing.problem import Kind

DAY = 86_400.0
YEARS = np.timedelta64(730, "D")


def cases_of(features, target, *, kinds=None, levels: Sequence[str] = (), **more) -> Cases:
    """Make cases of a matrix: columns x0, x1, ... are numbers unless ``kinds`` says otherwise."""
    matrix, kinds = np.asarray(features, dtype=np.float32), kinds or {}
    names = [f"x{place}" for place in range(matrix.shape[1])]
    columns = tuple(_column(name, matrix[:, place], kinds, levels) for place, name in enumerate(names))
    table = {each.name: _shown(matrix[:, place], each) for place, each in enumerate(columns)}
    outcome = np.asarray(target, float)
    more = {"classes": ("no", "yes"), **more}
    return Cases(pa.table({**table, "outcome": outcome}), columns, matrix, target=outcome, **more)


def _column(name, values, kinds, levels) -> Column:
    kind = kinds.get(name, "number")
    distinct = len(levels) if kind == "category" else len(values)
    return Column(name, kind, float(np.isnan(values).mean()), distinct, tuple(levels) if kind == "category" else ())


def _shown(values, column: Column):
    if column.kind == "category":
        return pa.array([column.levels[int(code)] for code in values])
    if column.kind == "time":
        return pa.array((values.astype(float) * 1e6).astype("int64").astype("datetime64[us]"))
    return pa.array(values, mask=np.isnan(values))


# --- nothing to learn, or hardly anything


def silent_binary(rng) -> tuple[Cases, Kind]:
    return cases_of(rng.normal(size=(400, 10)), rng.random(400) < 0.3), "binary"


def silent_value(rng) -> tuple[Cases, Kind]:
    return cases_of(rng.normal(size=(400, 10)), rng.standard_t(2, 400)), "value"


def silent_rare(rng) -> tuple[Cases, Kind]:
    features = rng.exponential(size=(1500, 8))
    features[rng.random(features.shape) < 0.2] = np.nan
    return cases_of(features, rng.random(1500) < 0.03), "binary"


def faint(rng) -> tuple[Cases, Kind]:
    features = rng.normal(size=(1000, 10))
    return cases_of(features, rng.random(1000) < expit(0.4 * features[:, 0])), "binary"


def together(rng) -> tuple[Cases, Kind]:
    features = rng.normal(size=(2000, 10))
    return cases_of(features, rng.random(2000) < expit(np.sign(features[:, 0] * features[:, 1]))), "binary"


def leaky(rng, how: str) -> tuple[Cases, Kind]:
    """Plant, in column x5 of an ordinary problem, the answer in one of four ways."""
    features = rng.normal(size=(1500, 8))
    target = (rng.random(1500) < expit(features[:, 0] + features[:, 1])).astype(float)
    if how == "copy":
        features[:, 5] = target
    elif how == "amount":
        features[:, 5] = np.where(target > 0, rng.exponential(100, 1500) + 1, 0)
    elif how == "nearly":
        features[:, 5] = target + rng.normal(size=1500) * 0.2
    elif how == "empty":
        features[:, 5] = np.where(target > 0, features[:, 5], np.nan)
    return cases_of(features, target), "binary"


# --- made by a rule: each takes the features and returns where the rule says yes


def _dates(features, rng) -> None:
    features[:, 0] = 1.7e9 + rng.uniform(0, 365, len(features)) * DAY
    features[:, 1] = features[:, 0] - rng.exponential(60, len(features)) * DAY


def _levels(features, rng) -> None:
    features[:, 0] = rng.integers(0, 6, len(features))


def _amounts(features, rng) -> None:
    features[:, :2] = rng.lognormal(3, 0.8, (len(features), 2))


RULES = {
    "a cut": (None, lambda x: x[:, 0] > 0.5),
    "and": (None, lambda x: (x[:, 0] > 0.3) & (x[:, 1] < 0.5)),
    "or": (None, lambda x: (x[:, 0] > 1) | (x[:, 1] < -1)),
    "a range": (None, lambda x: (x[:, 0] > -0.4) & (x[:, 0] < 0.9)),
    "three columns": (None, lambda x: (x[:, 0] > -0.5) & (x[:, 1] < 0.6) & (x[:, 2] > -0.4)),
    "some categories": (_levels, lambda x: np.isin(x[:, 0], [1, 4])),
    "time since": (_dates, lambda x: (x[:, 0] - x[:, 1]) / DAY > 60),
    "a ratio": (_amounts, lambda x: x[:, 0] / x[:, 1] > 1.5),
    "a difference": (None, lambda x: x[:, 0] - x[:, 1] > 0.5),
}
_OF_RULE = {
    "some categories": {"kinds": {"x0": "category"}, "levels": "abcdef"},
    "time since": {"kinds": {"x0": "time", "x1": "time"}},
}


def ruled(rng, rule: str = "and", count: int = 3000, noise: float = 0.05) -> tuple[Cases, Kind]:
    """Make outcomes by a rule, a share of them recorded wrongly."""
    features = rng.normal(size=(count, 8))
    prepare, says = RULES[rule]
    if prepare is not None:
        prepare(features, rng)
    wrong = rng.random(count) < noise
    return cases_of(features, says(features) ^ wrong, **_OF_RULE.get(rule, {})), "binary"


# --- made by what only a model can follow

MODELS = {
    "eight add up": lambda x: x.sum(axis=1),
    "five add up": lambda x: x[:, :5].sum(axis=1),
    "they interact": lambda x: 2 * x[:, 0] * x[:, 1] + x[:, 2] + x[:, 3],
    "smooth curves": lambda x: 2 * np.sin(2 * x[:, 0]) + x[:, 1] ** 2 - 1 + x[:, 2],
    "a rule and two more": lambda x: 3 * ((x[:, 0] > 0.3) & (x[:, 1] < 0.5)) - 1.5 + x[:, 2] + x[:, 3],
}


def modelled(rng, how: str, count: int) -> tuple[Cases, Kind]:
    features = rng.normal(size=(count, 8))
    return cases_of(features, rng.random(count) < expit(MODELS[how](features))), "binary"


def smooth(rng) -> tuple[Cases, Kind]:
    return modelled(rng, "five add up", 3000)


def interwoven(rng) -> tuple[Cases, Kind]:
    features = rng.uniform(-1, 1, size=(4000, 3))
    return cases_of(features, np.sin(4 * features[:, 0]) * np.sin(4 * features[:, 1]) > 0), "binary"


# --- for learning curves: so many cases, always by the same law


def _score(features):
    return features[:, :5].sum(axis=1) + features[:, 5] * features[:, 6]


def curve_binary(rng, count: int) -> tuple[Cases, Kind]:
    features = rng.normal(size=(count, 10))
    return cases_of(features, rng.random(count) < expit(_score(features))), "binary"


def curve_rare(rng, count: int) -> tuple[Cases, Kind]:
    """Make about one case in ten positive."""
    features = rng.normal(size=(count, 10))
    return cases_of(features, rng.random(count) < expit(_score(features) - 4)), "binary"


def curve_value(rng, count: int) -> tuple[Cases, Kind]:
    features = rng.normal(size=(count, 10))
    return cases_of(features, _score(features) + rng.normal(size=count)), "value"


# --- time series

SERIES = {
    "noise": lambda rng, n: rng.normal(size=n),
    "a random walk": lambda rng, n: np.cumsum(rng.normal(size=n)),
    "a walk of heavy steps": lambda rng, n: np.cumsum(rng.standard_t(3, size=n)),
    "a walk seen through noise": lambda rng, n: np.cumsum(0.3 * rng.normal(size=n)) + rng.normal(size=n),
    "a week in noise": lambda rng, n: np.sin(2 * np.pi * np.arange(n) / 7) + rng.normal(size=n),
    "a week on a walk": lambda rng, n: np.sin(2 * np.pi * np.arange(n) / 7) + np.cumsum(rng.normal(size=n)),
    "a trend": lambda rng, n: 0.05 * np.arange(n) + rng.normal(size=n),
}


def series_of(rng, how: str, count: int = 300) -> tuple[Cases, Kind]:
    """Make a daily series beside a column that has nothing to do with it and wanders too."""
    time = (np.datetime64("2024-01-01") + np.arange(count)).astype("datetime64[us]")
    beside = np.cumsum(rng.normal(size=(count, 1)), axis=0)
    return cases_of(beside, SERIES[how](rng, count), time=time, periods=DAY, classes=()), "time series"


# --- over two years, with a change planted or none


def changing(rng, how: str = "steady", count: int = 2000) -> tuple[Cases, Kind]:
    """Make cases whose rule stays, is another after half or three quarters of the time, or turns round bit by bit."""
    features, place = rng.normal(size=(count, 6)), np.arange(count) / count
    score = 1.5 * (features[:, 0] + features[:, 1])
    other = 1.5 * (features[:, 2] - features[:, 1])
    if how == "turning":
        score = 2 * (np.cos(2 * np.pi * place) * features[:, 0] + np.sin(2 * np.pi * place) * features[:, 1])
    elif how == "a column":
        features[place > 0.5, 5] += 1.2
    elif how == "how many":
        score = score + np.where(place > 0.5, 1.0, -0.5)
    elif how != "steady":
        score = np.where(place > float(how), other, score)
    time = np.datetime64("2024-01-01", "us") + (place * YEARS.astype("timedelta64[us]").astype(float)).astype("m8[us]")
    return cases_of(features, rng.random(count) < expit(score), time=time), "binary"


def mislabelled(rng, noise: float, *, overlap: bool) -> tuple[Cases, Kind]:
    """Record a share of the outcomes wrongly, where they are certain otherwise or overlap by nature."""
    features = rng.normal(size=(1500, 6))
    score = features[:, 0] + features[:, 1] * (features[:, 2] > 0)
    target = rng.random(1500) < expit(3 * score) if overlap else score > 0
    return cases_of(features, target ^ (rng.random(1500) < noise)), "binary"


# --- columns that tell who a person is, and columns that only look so


def _digits(rng, count: int) -> str:
    return "".join(str(digit) for digit in rng.integers(0, 10, count))


def _card(rng) -> str:
    start = "4" + _digits(rng, 14)
    total = sum(sum(divmod(2 * int(one), 10)) for one in start[::2]) + sum(int(one) for one in start[1::2])
    return f"{start}{-total % 10}"


def _account(rng) -> str:
    plain = _digits(rng, 18)
    return f"DE{98 - int(plain + '131400') % 97:02d}{plain}"


def _dni(rng) -> str:
    number = int(_digits(rng, 8))
    return f"{number:08d}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}"


_FIRST = ("Maria", "Ahmed", "John", "Wei", "Anna", "Peter", "Fatima", "Olga", "Luis", "Sophie", "Grzegorz", "Ingeborg")
_LAST = ("Silva", "Khan", "Smith", "Chen", "Novak", "Meier", "Hassan", "Ivanova", "Garcia", "Dubois", "Nowak", "Olsen")
PERSONAL = {
    "name": lambda rng: f"{rng.choice(_FIRST)} {rng.choice(_LAST)}",
    "email address": lambda rng: f"{rng.choice(_LAST).lower()}{rng.integers(99)}@example.{rng.choice(['org', 'com'])}",
    "phone number": lambda rng: f"+{rng.integers(1, 99)} {_digits(rng, 3)} {_digits(rng, 7)}",
    "card number": _card,
    "bank account": _account,
    "national id": _dni,
    "IP address": lambda rng: ".".join(str(part) for part in rng.integers(0, 256, 4)),
}
LOOK_ALIKE = {
    "order number": lambda rng: f"{rng.integers(10**15, 10**16)}",
    "order code": lambda rng: f"ORD-{rng.integers(2020, 2027)}-{_digits(rng, 6)}",
    "part": lambda rng: f"AB{_digits(rng, 2)}{_digits(rng, 16)}",
    "barcode": lambda rng: f"40{_digits(rng, 11)}",
    "version": lambda rng: ".".join(str(part) for part in rng.integers(0, 20, 4)),
    "day": lambda rng: f"2025-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}",
    "place": lambda rng: f"{rng.uniform(40, 60):.4f}, {rng.uniform(0, 20):.4f}",
    "lot": lambda rng: f"{_digits(rng, 8)}{rng.choice(list('ABCDEFGH'))}",
    "product": lambda rng: f"{rng.choice(['red', 'blue', 'dark'])} {rng.choice(['lamp', 'mug', 'rose', 'jack'])}",
}
