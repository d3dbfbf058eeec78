"""Times as signatures write them, and how far clocks may be apart."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final

from fieldstone.wire.signatures.refusals import refusal

MAX_SKEW: Final = 15 * 60


def stamp(moment: float) -> str:
    """A time as ``YYYYMMDDTHHMMSSZ``."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y%m%dT%H%M%SZ")


def iso(moment: float) -> str:
    """A time as S3's errors show it: ``YYYY-MM-DDTHH:MM:SSZ``."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=256)
def seconds(text: str) -> float:
    """The seconds since the epoch of ``YYYYMMDDTHHMMSSZ``.

    Raises:
        ValueError: It is no such time.
    """
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()


def basic_date(text: str) -> str:
    """HTTP's Date as ``YYYYMMDDTHHMMSSZ``, where it is not that already."""
    try:
        return stamp(parsedate_to_datetime(text).timestamp())
    except (ValueError, OverflowError, OSError):
        return text


def check_skew(time: str, sent: str, now: float, who: str) -> None:
    """Refuse a time too far from ours, either way.

    Args:
        time: When the request was signed, ``YYYYMMDDTHHMMSSZ``.
        sent: The same as the request says it.
        now: Seconds since the epoch.
        who: Who answers.

    Raises:
        AwsError: RequestTimeTooSkewed, or what the service calls it; it is no time.
    """
    try:
        ahead = seconds(time) - now
    except ValueError:
        words = f"Date must be in ISO-8601 'basic format'. Got '{sent}'. See http://en.wikipedia.org/wiki/ISO_8601"
        raise refusal(who, "no date", words) from None
    if abs(ahead) <= MAX_SKEW:
        return
    if who == "s3":
        raise refusal(who, "skewed", RequestTime=sent, ServerTime=iso(now), MaxAllowedSkewMilliseconds=MAX_SKEW * 1000)
    sign, when, side = ("+", "not yet current", "still later") if ahead > 0 else ("-", "expired", "now earlier")
    limit = stamp(now + MAX_SKEW if ahead > 0 else now - MAX_SKEW)
    raise refusal(who, "skewed", f"Signature {when}: {time} is {side} than {limit} ({stamp(now)} {sign} 15 min.)")
