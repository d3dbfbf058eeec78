"""The files of log events."""

from fieldstone.core.eventlog import format_event
from fieldstone.store.logs import LogFiles


def test_a_streams_events_are_in_its_file(tmp_path):
    """From any byte on; the span is that of the first and the last one."""
    logs = LogFiles(tmp_path)
    logs.path("a").write_text(format_event(5, "one") + format_event(9, "two"))
    first, second = logs.events("a")

    assert (first.message, second.message) == ("one", "two")
    assert list(logs.events("a", first.end)) == [second]
    assert logs.span("a") == (5, 9)


def test_a_stream_without_a_file_has_no_events(tmp_path):
    """And no span."""
    logs = LogFiles(tmp_path)

    assert list(logs.events("a")) == []
    assert logs.span("a") is None
