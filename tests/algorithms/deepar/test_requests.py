"""The bodies of requests and replies."""

import json

import numpy as np
import pytest

from fieldstone.algorithms.amazon.requests import RefusedError
from fieldstone.algorithms.deepar.requests import Configuration, read, read_configuration, tell

ONE = {"start": "2024-01-01 00:00:00", "target": [1, "NaN", 3.5]}
OTHER = {"start": "2024-01-01", "target": [], "cat": [1], "dynamic_feat": [[1, 2]]}
SAMPLES = np.array([[1, 2], [3, 4], [5, 6]], np.float32)


def body(*instances, **more):
    return json.dumps({"instances": instances, **more}).encode()


def test_a_request_has_instances_and_may_say_what_it_wants():
    """The series may be empty, and of a day alone."""
    wishes = {"num_samples": 50, "output_types": ["mean", "samples"], "quantiles": ["0.5", "0.90"]}
    asked = read(body(ONE, OTHER, configuration=wishes), "application/json", "application/json")
    first, second = asked.series

    assert first.observed.tolist() == [True, False, True]
    assert (len(second), second.cat, second.dynamic.tolist()) == (0, (1,), [[1, 2]])
    assert asked.configuration.num_samples == 50
    assert asked.configuration.levels() == {"0.5": 0.5, "0.90": 0.9}
    assert not asked.lines
    assert read(body(ONE), "", "").configuration is None


@pytest.mark.parametrize("content_type", ["application/jsonlines", "application/json"])
def test_a_batch_transform_asks_by_lines(content_type):
    """Also where its content type says no more than JSON, and its body is one line."""
    lines = json.dumps(ONE).encode()
    assert read(lines, content_type, "").lines
    assert len(read(lines + b"\n\n" + lines, "application/jsonlines", "application/jsonlines").series) == 2


def test_a_reply_has_what_was_asked_for_and_calls_quantiles_as_the_request_does():
    """And nothing else."""
    wanted = Configuration(3, ("quantiles", "samples"), ("0.50", 0.9))
    assert tell(SAMPLES, wanted, wanted.levels()) == {
        "quantiles": {"0.50": [3, 4], "0.9": [5, 6]}, "samples": SAMPLES.tolist()
    }  # fmt: skip
    mean = Configuration(output_types=("mean",))
    assert tell(SAMPLES, mean, mean.levels()) == {"mean": [3, 4]}
    assert list(tell(SAMPLES, Configuration(), Configuration().levels())) == ["mean", "quantiles"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "the body is empty"),
        (b'{"instances": [', "Input data was truncated"),
        (b'{"rows": []}', "Object missing required field `instances`"),
        (body(), "there are no instances"),
        (body({"target": [1]}), "Object missing required field `start` - at `$.instances[0]`"),
        (body(ONE, ONE | {"start": "soon"}), "instance 2: start 'soon' is not a time as YYYY-MM-DD HH:MM:SS"),
        (body(ONE | {"target": [1, "two"]}), "instance 1: 'two' in target, position 2 is not a number"),
        (body(ONE | {"dynamic_feat": [[1], [1, 2]]}), "instance 1: the lists of dynamic_feat differ in length: 1, 2"),
        (body(json.dumps(ONE)), "Expected `object`, got `str` - at `$.instances[0]`"),
        (body(ONE, configuration={"num_samples": "many"}), "Expected `int`, got `str` - at `$.configuration"),
        (b"\xff\xfe", "malformed"),
        (b'{"instances": [], "more": ' + b"[" * 9999, "recursion depth"),
    ],
)
def test_a_body_that_is_wrong_is_refused_in_awss_words(text, reason):
    """And then what is wrong."""
    with pytest.raises(RefusedError) as refusal:
        read(text, "application/json", "")
    said = refusal.value.reply.body.decode()

    assert refusal.value.reply.status == 400
    assert said.startswith("unable to evaluate payload provided: ")
    assert reason in said


def test_a_line_that_is_wrong_is_named():
    """By its number."""
    with pytest.raises(RefusedError, match="line 2: 'x' in target, position 1 is not a number"):
        read(json.dumps(ONE).encode() + b'\n{"start": "2024-01-01", "target": ["x"]}', "application/jsonlines", "")


def test_types_that_there_are_not_have_codes_of_their_own():
    """415 in AWS's words, and 406."""
    with pytest.raises(RefusedError, match="Content-Type header value 'application/octet-stream' not supported") as no:
        read(b"x", "application/octet-stream", "")
    assert no.value.reply.status == 415
    with pytest.raises(RefusedError) as no:
        read(body(ONE), "application/json", "text/csv")
    assert no.value.reply.status == 406
    assert read(body(ONE), "application/json", "text/html, */*").series


@pytest.mark.parametrize(
    ("wishes", "reason"),
    [
        ({"num_samples": 0}, "num_samples is 0, and must be at least 1"),
        ({"output_types": ["median"]}, "output_types has 'median', and may have mean, quantiles, samples"),
        ({"quantiles": ["1.0"]}, "quantiles has '1.0', which is no number between 0 and 1"),
        ({"quantiles": ["p50"]}, "quantiles has 'p50', which is no number between 0 and 1"),
        ({"quantiles": "0.5"}, "Expected `array`, got `str`"),
    ],
)
def test_wishes_that_cannot_be_met_are_refused(wishes, reason):
    """Those of a batch transform when its model is loaded."""
    with pytest.raises(ValueError, match="DEEPAR_INFERENCE_CONFIG is not as it should be: ") as refusal:
        read_configuration(json.dumps(wishes))
    assert reason in str(refusal.value)
