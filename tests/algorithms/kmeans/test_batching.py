"""Mini-batches, and summaries on their way to another host."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from fieldstone.algorithms.amazon.rows import dense, in_batches
from fieldstone.algorithms.kmeans.sending import pack, unpack
from fieldstone.algorithms.kmeans.training import Plan, summarise

ROWS = np.arange(46, dtype=np.float32).reshape(23, 2)


@pytest.mark.parametrize("size", [1, 3, 5, 23, 50])
@pytest.mark.parametrize("kinds", [(np.asarray, np.asarray), (csr_matrix, csr_matrix), (np.asarray, csr_matrix)])
def test_rows_come_in_their_order_as_many_as_asked_for(size, kinds):
    """However they were read, dense, sparse or mixed; only the last mini-batch may be smaller."""
    parts = [(kind(part),) for kind, part in zip(kinds * 2, np.split(ROWS, [4, 4, 15]), strict=True)]
    found = [dense(rows) for (rows,) in in_batches(parts, size)]

    assert [len(rows) for rows in found] == [size] * (23 // size) + [23 % size] * (23 % size > 0)
    assert np.array_equal(np.concatenate(found), ROWS)


@pytest.mark.parametrize("kind", [np.asarray, csr_matrix])
def test_a_summary_that_was_sent_is_the_same(kind):
    """Its rows too, dense or sparse."""
    sent = summarise(lambda: [kind(ROWS)], Plan(2, extra_center_factor=2), np.random.default_rng(0))
    came = unpack(pack(sent))

    assert came.rows == sent.rows == 23
    assert type(came.sample.rows) is type(sent.sample.rows)
    assert came.sample.missed == sent.sample.missed
    for here, there in (
        (came.centers.places, sent.centers.places),
        (came.centers.weights, sent.centers.weights),
        (dense(came.sample.rows), dense(sent.sample.rows)),
        (came.sample.weights, sent.sample.weights),
        (came.sample.priorities, sent.sample.priorities),
    ):
        assert np.array_equal(here, there)
