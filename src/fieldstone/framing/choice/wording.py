"""Amounts and shares as people read them."""

from fieldstone.methods.resampling import Interval


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
    if unit == "mistakes":
        return f"makes {figure(-value)} mistakes"
    return f"{'costs' if value < 0 else 'brings'} {amount(abs(value), unit)}"


def span(interval: Interval) -> str:
    """A figure with its interval: ``12 (10 to 14)``."""
    return f"{figure(interval.value)} ({figure(interval.low)} to {figure(interval.high)})"


def percent(share: float) -> str:
    """A share in per cent, with as many digits as matter."""
    return f"{100 * share:.3g} %" if 0.001 <= share < 0.9995 else f"{100 * share:.4g} %"
