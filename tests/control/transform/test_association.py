"""Input filtered, answers joined, the outcome filtered."""

import json

import pytest

from fieldstone.control.transform.association import Association, association_of
from fieldstone.control.transform.formats import AssociationError


def associate(content_type, accept="", *, by_line=True, **processing):
    return Association(processing, content_type, accept or content_type, by_line=by_line)


def test_columns_of_csv_are_kept_from_the_model():
    """InputFilter."""
    ids = associate("text/csv", InputFilter="$[1:]")

    assert ids.outgoing(b'a,1,2\r\n"b, c",3,4\n\n') == b"1,2\n3,4\n"


def test_answers_are_appended_to_rows_of_csv():
    """JoinSource; the fields stay as they were written."""
    joined = associate("text/csv", JoinSource="Input").incoming(b'007,1.50,"x, ""y"""\nb,,2\n', b"0.25\n0.75\n")

    assert joined == b'007,1.50,"x, ""y""",0.25\nb,,2,0.75\n'


def test_columns_are_chosen_from_the_joined_rows():
    """OutputFilter: the first and the last."""
    chosen = associate("text/csv", InputFilter="$[1:]", JoinSource="Input", OutputFilter="$[0,-1]")

    assert chosen.incoming(b"a,1,2\nb,3,4", b"0.25\n0.75") == b"a,0.25\nb,0.75\n"


def test_a_single_column_is_a_row_too():
    """A definite path in a format that has rows only."""
    assert associate("text/csv", OutputFilter="$[1]").incoming(b"", b"1,2\n3,4\n") == b"2\n4\n"


def test_without_joining_the_filter_sees_the_answer_alone():
    """OutputFilter over what the model says."""
    alone = associate("text/csv", OutputFilter="$[0]")

    assert alone.outgoing(b"1,2\n") == b"1,2\n"
    assert alone.incoming(b"1,2\n", b"0.25,0.75\n") == b"0.25\n"


def test_an_object_takes_the_answer_in():
    """JSON Lines: the key SageMakerOutput."""
    lines = associate("application/jsonlines", JoinSource="Input")

    joined = lines.incoming('{"key":1,"name":"é"}\n{"key":2}'.encode(), b'{"label":1}\n{"label":0}\n')

    assert (
        joined
        == '{"key":1,"name":"é","SageMakerOutput":{"label":1}}\n{"key":2,"SageMakerOutput":{"label":0}}\n'.encode()
    )


def test_what_is_no_object_is_put_beside_the_answer():
    """The keys SageMakerInput and SageMakerOutput."""
    joined = associate("application/jsonlines", JoinSource="Input").incoming(b"[1,2]\n", b"0.5\n")

    assert json.loads(joined) == {"SageMakerInput": [1, 2], "SageMakerOutput": 0.5}


def test_attributes_are_chosen_before_and_after_the_model():
    """The example of AWS's documents."""
    chosen = associate(
        "application/jsonlines", InputFilter="$.features", JoinSource="Input", OutputFilter="$['id','SageMakerOutput']"
    )

    assert chosen.outgoing(b'{"id":7,"features":[1,2]}\n') == b"[1,2]\n"
    assert chosen.incoming(b'{"id":7,"features":[1,2]}\n', b"0.5\n") == b'{"id":7,"SageMakerOutput":0.5}\n'


def test_a_json_document_is_one_record():
    """However many lines it has; nothing ends the output."""
    document = associate("application/json", by_line=False, InputFilter="$.instances", JoinSource="Input")

    assert document.outgoing(b'{\n "instances": [1,\n 2]}') == b"[1,2]"
    assert (
        document.incoming(b'{"instances": [1, 2]}', b'{\n"p": [3]}')
        == b'{"instances":[1,2],"SageMakerOutput":{"p":[3]}}'
    )


def test_a_byte_order_mark_is_no_part_of_a_document():
    """JSON, too."""
    assert associate("application/json", by_line=False, InputFilter="$.a").outgoing('\ufeff{"a":1}'.encode()) == b"1"


@pytest.mark.parametrize(("content_type", "answer", "words"), [
    ("text/csv", b"1\n", "Fail to join data: mismatched line count between the input and the output: 2 and 1"),
    ("application/jsonlines", b"1\nnope\n", "Fail to parse output from the algorithm as JSON Lines"),
    ("text/csv", b"\xff\xfe\n2\n", "Fail to parse output from the algorithm: it is no UTF-8"),
    ("text/csv", b'"1\n2\n', "Fail to parse output from the algorithm as CSV"),
])  # fmt: skip
def test_an_answer_that_does_not_fit_is_an_error(content_type, answer, words):
    """In AWS's words, where they are known."""
    given = b"1\n2\n"
    with pytest.raises(AssociationError, match=words):
        associate(content_type, JoinSource="Input").incoming(given, answer)


@pytest.mark.parametrize(("processing", "content_type", "accept", "words"), [
    ({"InputFilter": "$..x"}, "text/csv", "", "Invalid JsonPath"),
    ({"InputFilter": "$.id"}, "text/csv", "", "only index-based paths can be applied to CSV"),
    ({"OutputFilter": "$.id"}, "application/jsonlines", "text/csv", "only index-based paths"),
    ({"JoinSource": "Input"}, "text/csv", "application/jsonlines", "text/csv cannot be joined with application/jsonl"),
    ({"JoinSource": "Input"}, "image/png", "", "DataProcessing needs a ContentType"),
    ({"JoinSource": "Input"}, "", "", "not none"),
])  # fmt: skip
def test_what_cannot_be_done_is_refused_before_it_begins(processing, content_type, accept, words):
    """Paths and formats that do not fit."""
    with pytest.raises(AssociationError, match=words):
        Association(processing, content_type, accept, by_line=True)


@pytest.mark.parametrize(
    ("content_type", "body"), [("text/csv", b"1,2\n3\n"), ("application/jsonlines", b'{"b":1}\n{}\n')]
)
def test_a_record_without_what_the_filter_wants_is_named(content_type, body):
    """By its number in the payload."""
    path = "$[1]" if content_type == "text/csv" else "$.b"
    with pytest.raises(AssociationError, match=r"InputFilter .* in record 2 of the payload"):
        associate(content_type, InputFilter=path).outgoing(body)


def test_a_job_that_asks_for_nothing_gets_nothing_done():
    """What Describe answers for one that said nothing counts as nothing."""
    idle = {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"}
    job = {"TransformInput": {"ContentType": "image/png"}, "TransformOutput": {}, "DataProcessing": idle}

    assert association_of(job) is None


@pytest.mark.parametrize(("body", "sent", "kept"), [
    (b"a,1,2\nb,3,4\n", b"1,2\n3,4\n", b"a,0.5,1\nb,0.25,3\n"),
    (b'"a",1,2\nb,3,4\n', b"1,2\n3,4\n", b"a,0.5,1\nb,0.25,3\n"),
    (b"a,1,2\r\n\r\nb,3,4", b"1,2\n3,4\n", b"a,0.5,1\nb,0.25,3\n"),
    ("\ufeffé,1,2\nb,3,4\n".encode(), b"1,2\n3,4\n", "é,0.5,1\nb,0.25,3\n".encode()),
    (b"a,,\n ,3,\n", b",\n3,\n", b"a,0.5,\n ,0.25,3\n"),
], ids=str)  # fmt: skip
def test_rows_are_joined_alike_whether_plain_or_not(body, sent, kept):
    """The quick way, and the one for quotes."""
    chosen = associate("text/csv", InputFilter="$[1:]", JoinSource="Input", OutputFilter="$[0,-1,1]")

    assert chosen.outgoing(body) == sent
    assert chosen.incoming(body, b"0.5\n0.25\n") == kept


def test_rows_of_different_widths_are_joined_too():
    """From the end, where the last column is another's."""
    chosen = associate("text/csv", JoinSource="Input", OutputFilter="$[0,-1]")

    assert chosen.incoming(b"a,1\nb\n", b"0.5\n0.25\n") == b"a,0.5\nb,0.25\n"
