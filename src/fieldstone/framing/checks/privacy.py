"""Which columns tell who a person is: by what their values look like, or by what they are called.

It looks at a sample of each column's different values. Surnames, and rare first names, in a column not called so are
not recognised.
"""

import re
from typing import Any

import numpy as np
import pyarrow as pa

from fieldstone.framing.cases import Cases
from fieldstone.framing.checks.identity import LOOKS
from fieldstone.framing.findings import Finding
from fieldstone.framing.problem import Problem
from fieldstone.framing.trials.trial import Trial

_SAMPLE = 1_000
_ENOUGH = 0.2
_CALLED = {
    "name": re.compile(
        r"(^|_)(first|last|given|family|sur|full|customer|user|person|contact|patient)_?names?($|_)|^names?$"
    ),
    "address": re.compile(r"(^|_)(street|address|postcode|post_?code|zip|zip_?code)($|_)"),
    "birth date": re.compile(r"(^|_)(birth\w*|dob|date_of_birth)($|_)"),
    "national id": re.compile(r"(^|_)(ssn|passport|national_?id|tax_?id|social_security\w*|driv\w+_licen[cs]e)($|_)"),
    "phone number": re.compile(r"(^|_)(phone|mobile|telephone|tel)(_?(number|no))?$"),
    "email address": re.compile(r"(^|_)e_?mail(_?address)?$"),
}


def check(cases: Cases, problem: Problem, trial: Trial) -> Finding:
    """Say which columns hold personal data."""
    found = {name: kind for name in cases.table.column_names if (kind := personal(name, cases.table[name], trial.seed))}
    evidence = {"columns": found, "values_looked_at": _SAMPLE}
    if not found:
        return Finding("privacy", "fine", "No column looks like personal data.", evidence)
    told = ", ".join(f"{name} ({kind})" for name, kind in found.items())
    denied = problem.constraints.personal_data is False
    said = f"Some columns tell who a person is{', though the file says that none do' if denied else ''}: {told}."
    advice = "Leave them out (data.ignore) or replace them by codes before they are stored; set personal_data: true."
    return Finding("privacy", "caution", said, evidence, advice)


def personal(name: str, values: Any, seed: int = 0) -> str:
    """Return what kind of personal data a column holds; empty if none."""
    called = next((kind for kind, pattern in _CALLED.items() if pattern.search(_snake(name))), "")
    texts = _texts(values, seed)
    if not texts:
        return ""
    for kind, looks in LOOKS.items():
        if sum(map(looks, texts)) >= max(1, _ENOUGH * len(texts)):
            return kind
    return called


def _snake(name: str) -> str:
    return re.sub(r"[\s-]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)).lower()


def _texts(values: Any, seed: int) -> list[str]:
    """Return a sample of the different values, as text; nothing for fractions, truth values and times."""
    if not (_is_text(values.type) or pa.types.is_integer(values.type) or pa.types.is_date(values.type)):
        return []
    rows = np.sort(np.random.default_rng(seed).integers(0, max(len(values), 1), min(len(values), 4 * _SAMPLE)))
    different = values.take(pa.array(rows)).cast(pa.string()).unique().drop_null()
    return [str(value).strip() for value in different.to_pylist()[:_SAMPLE]]


def _is_text(kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        return pa.types.is_string(kind.value_type)
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)
