"""Schedules: when they are due next."""

from datetime import UTC, datetime

import pytest

from fieldstone.core.errors import AwsError
from fieldstone.services.application_autoscaling.schedules import read_schedule

NOW = datetime(2026, 11, 27, 10, 30, tzinfo=UTC)  # a Friday


@pytest.mark.parametrize(
    ("schedule", "zone", "due"),
    [
        ("at(2026-11-28T09:00:00)", "UTC", "2026-11-28T09:00"),
        ("at(2026-11-28T09:00:00)", "Asia/Tokyo", "2026-11-28T00:00"),
        ("at(2026-11-26T09:00:00)", "UTC", None),
        ("rate(2 hours)", "UTC", "2026-11-27T12:00"),
        ("rate(1 day)", "UTC", "2026-11-28T08:00"),
        ("cron(0/15 * * * ? *)", "UTC", "2026-11-27T10:45"),
        ("cron(0 9 * * ? *)", "UTC", "2026-11-28T09:00"),
        ("cron(0 9 * * ? *)", "America/New_York", "2026-11-27T14:00"),
        ("cron(30 8 ? * MON-WED *)", "UTC", "2026-11-30T08:30"),
        ("cron(30 8 ? * 1 *)", "UTC", "2026-11-29T08:30"),
        ("cron(0 0 29 2 ? *)", "UTC", "2028-02-29T00:00"),
        ("cron(0 0 1 JAN,JUL ? 2028)", "UTC", "2028-01-01T00:00"),
        ("cron(0 0 31 2 ? *)", "UTC", None),
    ],
)
def test_a_schedule_tells_when_it_is_due(schedule: str, zone: str, due: str | None) -> None:
    """In its time zone; a rate from when it began, at eight."""
    following = read_schedule(schedule, zone, datetime(2026, 11, 27, 8, tzinfo=UTC).timestamp())
    found = following(NOW)

    assert (found and found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")) == due


@pytest.mark.parametrize("schedule", ["", "at(soon)", "rate(0 days)", "rate(5 weeks)", "cron(60 0 * * ? *)", "cron(L)"])
def test_what_is_no_schedule_is_refused(schedule: str) -> None:
    """With the expression in the message."""
    with pytest.raises(AwsError, match="Invalid schedule expression"):
        read_schedule(schedule, "UTC", 0.0)
