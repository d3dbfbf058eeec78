"""Append-only files of timed lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldstone.core.eventlog import LONGEST_MESSAGE, Event, format_event, read_events, read_span, tail_events


@pytest.fixture
def log(tmp_path):
    """Write events to a file, ten milliseconds from each other; more text may follow as it is."""
    path = tmp_path / "a.log"

    def write(*messages, more=""):
        lines = [format_event(1000 + 10 * at, message) for at, message in enumerate(messages)]
        path.write_text("".join(lines) + more)
        return path

    return write


def messages(events):
    return [event.message for event in events]


def test_events_come_back_as_they_were_written(log):
    """With their times, in their order."""
    events = list(read_events(log("one", "", "drei ß 漢")))

    assert messages(events) == ["one", "", "drei ß 漢"]
    assert [event.timestamp for event in events] == [1000, 1010, 1020]


def test_each_event_knows_where_the_next_one_begins(log):
    """Reading from an event's end gives the rest."""
    path = log("é", "b", "c")
    first = next(read_events(path))

    assert messages(read_events(path, first.end)) == ["b", "c"]
    assert next(read_events(path, first.end)).offset == first.end


def test_control_characters_are_written_as_cloudwatch_shows_them(log):
    """A tab is #011, and cannot be taken for the end of the time stamp."""
    assert messages(read_events(log("a\tb\nc\x7f"))) == ["a#011b#012c#177"]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_message_stays_on_its_line(message):
    """Whatever a job prints is one line with one tab, read back as it stands."""
    line = format_event(7, message)

    assert line.count("\n") == line.count("\t") == 1
    assert line.endswith("\n")


def test_a_line_that_is_still_being_written_is_left_for_later(log):
    """Half an event is none."""
    assert messages(read_events(log("whole", more="1010\thal"))) == ["whole"]


def test_a_file_that_is_not_there_has_no_events(tmp_path):
    """A stream has no file before its first event."""
    path = tmp_path / "none.log"

    assert list(read_events(path)) == tail_events(path) == []
    assert read_span(path) is None


def test_the_tail_begins_with_a_whole_event(log):
    """The piece of an event that the cut leaves is passed over."""
    path = log(*(f"event {at}" for at in range(100)))
    tail = tail_events(path, size=100)

    assert messages(tail) == [f"event {at}" for at in range(100 - len(tail), 100)]
    assert 0 < len(tail) < 10


def test_a_tail_longer_than_the_file_is_all_of_it(log):
    """Nothing is cut off."""
    assert messages(tail_events(log("a", "b"))) == ["a", "b"]


def test_the_span_is_that_of_the_first_and_the_last_event(log):
    """However long the last line is."""
    assert read_span(log("a", "b", "x" * LONGEST_MESSAGE)) == (1000, 1020)
    assert read_span(log("only")) == (1000, 1000)
    assert read_span(log()) is None


def test_bytes_that_are_no_text_do_not_stop_the_reading(tmp_path):
    """They are shown as replacement characters."""
    path = tmp_path / "a.log"
    path.write_bytes(b"5\tgood\n6\t\xff\xfe\n7\tgood\n")

    assert list(read_events(path))[1] == Event(7, 12, 6, "\ufffd\ufffd")
