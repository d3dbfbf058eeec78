"""The choice under costs: what to do with a model's answers, and what that is worth in the business's money."""

from fieldstone.framing.choice.choose import choose
from fieldstone.framing.choice.record import Alternative, Choice

__all__ = ["Alternative", "Choice", "choose"]
