"""Amounts and shares as people read them."""

from fieldstone.methods.resampling import Interval

MISTAKES, STEPS, ERRORS = "mistakes", "steps of error", "units of error"
COUNTED = frozenset({MISTAKES, STEPS, ERRORS})
"""What is counted where no money is at stake."""


def figure(value: float) -> str:
    """A number with thousands set apart, in three digits or in whole units."""
    size = abs(value)
    if size >= 100 or value == int(value):
        return f"{value:,.0f}" if round(value) else "0"
    return f"{value:,.{2 if size < 10 else 1}f}" if size >= 0.1 else f"{value:.2g}"


def amount(value: float, unit: str) -> str:
    """An amount with its unit."""
    return f"{figure(value)} {unit}"


def worth(value: float, unit: str) -> str:
    """``brings 10 USD`` or ``costs 10 USD``; mistakes are made."""
    if unit in COUNTED:
        return f"makes {figure(-value)} {unit}"
    return f"{'costs' if value < 0 else 'brings'} {amount(abs(value), unit)}"


def span(interval: Interval) -> str:
    """A figure with its interval: ``12 (10 to 14)``."""
    return f"{figure(interval.value)} ({figure(interval.low)} to {figure(interval.high)})"


def ahead(behind: Interval, unit: str, plain: str, *, pays: bool) -> str:
    """How the best compares with the best way without a model, which is ``plain`` and so much ``behind``."""
    than = f"than the best way without a model ({plain})"
    better, worse = ("fewer", "more") if unit in COUNTED else ("better", "worse")
    if behind.high < 0:
        turned = Interval(-behind.value, -behind.high, -behind.low)
        return f"{span(turned)} {unit} {worse} {than}"
    if pays:
        return f"{span(behind)} {unit} {better} {than}"
    return f"not surely {better} {than}: the difference, {span(behind)} {unit}, may be chance"


def percent(share: float) -> str:
    """A share in per cent, with as many digits as matter."""
    digits = 2 if share < 0.001 else 3 if share < 0.9995 else 4
    return f"{100 * share:.{digits}g} %"
