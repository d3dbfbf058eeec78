"""The files of log events."""

import pytest

from fieldstone.core.eventlog import format_event
from fieldstone.store.logs import LogFile, LogFiles

LINES = format_event(5, "one") + format_event(9, "two")


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "a.log"
    file.write_text(LINES)
    return file


def messages(events):
    return [event.message for event in events]


def test_a_streams_events_are_in_its_file(path):
    """From any byte on; the span is that of the first and the last one."""
    log = LogFile(path)
    first, second = log.events()

    assert (first.message, second.message) == ("one", "two")
    assert list(log.events(first.end)) == [second]
    assert log.span() == (5, 9)
    assert log.size() == len(LINES)


def test_a_stream_without_a_file_has_no_events(tmp_path):
    """And no span."""
    log = LogFile(tmp_path / "none.log")

    assert list(log.events()) == []
    assert log.span() is None
    assert log.size() == 0


def test_what_was_not_acknowledged_is_not_seen(path):
    """Neither forwards nor backwards, nor in the search for a time."""
    log = LogFile(path, end=len(LINES) // 2)

    assert messages(log.events()) == messages(log.back()) == ["one"]
    assert log.span() == (5, 5)
    assert log.find(9) == log.size() == len(LINES) // 2
    with pytest.raises(ValueError, match="no event ends"):
        log.back(len(LINES))


@pytest.mark.parametrize(("end", "left"), [(None, LINES), (len(LINES) // 2, LINES[: len(LINES) // 2]), (0, "")])
def test_what_a_killed_writer_left_is_cut_off(path, end, left):
    """What is behind the last acknowledged byte; half a line, where nobody knows that."""
    with path.open("a") as file:
        file.write("12\thal")
    size = LogFiles(path.parent).append("a", "13\tthree\n", end)

    assert path.read_text() == left + "13\tthree\n"
    assert size == path.stat().st_size


def test_erased_events_are_a_line_that_nobody_reads(path):
    """What comes later begins where it began; a writer that looks for whole lines finds their end."""
    logs, end = LogFiles(path.parent), len(LINES)
    logs.erase("a", 0, end)
    assert logs.append("a", "13\tthree\n", None) == end + len("13\tthree\n")

    assert messages(LogFile(path, start=end).events()) == ["three"]
    assert b"one" not in path.read_bytes()
