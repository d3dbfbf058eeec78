"""What hosts must be of one mind about before they train together: the form of rows, and that there are any."""

import json
from collections.abc import Collection, Iterable

import numpy as np

from fieldstone.algorithms.amazon.peers import Peers
from fieldstone.algorithms.amazon.training import NO_DATA
from fieldstone.algorithms.linear_learner.rows import Form, Passes
from fieldstone.contract.training import UserError


def agree(channels: Collection[Passes], peers: Peers) -> Form:
    """Give all channels of all hosts the form of the first rows that there are.

    Args:
        channels: Those of this host, the one to train on first.
        peers: The others, which have channels of the same names.

    Raises:
        UserError: No host has rows of a channel, or rows differ in the number of features.
    """
    own = [passes.look() for passes in channels]
    # By channel, and host by host within it.
    forms = list(zip(*map(json.loads, peers.exchange(json.dumps(own).encode())), strict=True))
    for passes, found in zip(channels, forms, strict=True):
        if not any(found):
            first = passes is next(iter(channels))
            raise UserError(NO_DATA if first else f"Channel '{passes.name}' has no data points")
    form = Form(*next(filter(None, forms[0])))
    for passes, found in zip(channels, forms, strict=True):
        _compare(passes.name, [Form(*one) for one in found if one], form)
        passes.form = form
    return form


def require_classes(train: Passes, peers: Peers) -> None:
    """See that not all labels are the same, after a pass over them.

    Raises:
        UserError: They are.
    """
    assert train.extremes is not None
    ends = np.array([np.frombuffer(word) for word in peers.exchange(np.array(train.extremes).tobytes())])
    lowest, highest = ends[:, 0].min(), ends[:, 1].max()
    if lowest == highest:
        raise UserError(f"All labels of channel '{train.name}' are {lowest:g}: a classifier needs rows of two classes")


def _compare(name: str, found: Iterable[Form], form: Form) -> None:
    for one in found:
        if one.width != form.width:
            raise UserError(f"Rows of channel '{name}' have {one.width} features instead of {form.width}")
