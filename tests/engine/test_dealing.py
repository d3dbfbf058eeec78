"""Shares of a list."""

from fieldstone.engine.dealing import Share, deal


def test_items_are_dealt_in_turn() -> None:
    """Of two, three hosts get one, one, and none."""
    assert [deal(["a", "b"], Share(host, 3)) for host in range(3)] == [["a"], ["b"], []]
    assert deal("abcde", Share(0, 2)) == "ace"


def test_shuffled_shares_are_whole_together_in_every_epoch() -> None:
    """Each host shuffles for itself, and still nothing is given twice."""
    for epoch in range(3):
        hands = [deal(range(10), Share(host, 3), seed=1, epoch=epoch) for host in range(3)]
        assert sorted(item for hand in hands for item in hand) == list(range(10))
    assert deal(range(10), seed=1, epoch=0) != deal(range(10), seed=1, epoch=1)
    assert deal(range(10), seed=1, epoch=0) != deal(range(10), seed=2, epoch=0)
