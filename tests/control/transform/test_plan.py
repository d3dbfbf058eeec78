"""Plans: what the job says, then what the model wishes, then AWS's defaults."""

import pytest

from fieldstone.control.transform.plan import plan_of, wished
from fieldstone.core.prediction import Reply

IO = {"TransformInput": {"ContentType": "text/csv", "SplitType": "Line"}, "TransformOutput": {"AssembleWith": "Line"}}


def test_a_job_that_says_nothing_gets_the_defaults():
    """One payload of 6 MB at a time; ten minutes and three retries."""
    plan = plan_of(IO)

    assert (plan.concurrency, plan.cut.most, plan.cut.strategy) == (1, 6 << 20, "MultiRecord")
    assert (plan.seconds, plan.retries, plan.headers) == (600, 3, {"content-type": "text/csv"})


def test_the_model_may_wish():
    """What /execution-parameters answers."""
    said = b'{"MaxConcurrentTransforms": 8, "BatchStrategy": "SINGLE_RECORD", "MaxPayloadInMB": 2}'

    plan = wished(plan_of(IO), IO, Reply(200, {}, said))

    assert (plan.concurrency, plan.cut.most, plan.cut.strategy) == (8, 2 << 20, "SingleRecord")


def test_what_the_job_says_comes_first():
    """Whatever the model wishes; a concurrency of 0 says nothing."""
    job = IO | {"BatchStrategy": "MultiRecord", "MaxPayloadInMB": 1, "MaxConcurrentTransforms": 0}
    said = b'{"MaxConcurrentTransforms": 8, "BatchStrategy": "SINGLE_RECORD", "MaxPayloadInMB": 2}'

    plan = wished(plan_of(job), job, Reply(200, {}, said))

    assert (plan.concurrency, plan.cut.most, plan.cut.strategy) == (8, 1 << 20, "MultiRecord")


@pytest.mark.parametrize("reply", [
    Reply(404, {}, b""), Reply(200, {}, b"not json"), Reply(200, {}, b"[]"), Reply(200, {}, b"{}"),
    Reply(200, {}, b'{"MaxConcurrentTransforms": -1, "BatchStrategy": "SOME", "MaxPayloadInMB": "2"}'),
])  # fmt: skip
def test_what_makes_no_sense_is_no_wish(reply):
    """The defaults stand."""
    assert wished(plan_of(IO), IO, reply) == plan_of(IO)


def test_an_unlimited_payload_is_streamed_where_nothing_has_to_be_cut():
    """MaxPayloadInMB 0."""
    assert plan_of(IO | {"MaxPayloadInMB": 0}).streams
    assert not plan_of(IO | {"MaxPayloadInMB": 0, "BatchStrategy": "SingleRecord"}).streams
    assert not plan_of(IO | {"MaxPayloadInMB": 0, "DataProcessing": {"InputFilter": "$[1:]"}}).streams
    assert not plan_of(IO).streams
