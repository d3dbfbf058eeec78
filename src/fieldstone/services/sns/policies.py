"""How often, and how long after each other, a message is tried to be delivered to an HTTP address."""

from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec

from fieldstone.services.sns.rows import invalid

_Seconds = Annotated[int, msgspec.Meta(ge=0, le=3600)]
_Number = Annotated[int, msgspec.Meta(ge=0, le=100)]
_CONTENT_TYPE: Final = "text/plain; charset=UTF-8"


class Retries(msgspec.Struct, rename="camel", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a message is tried again: unless said three times, twenty seconds apart, as with AWS."""

    min_delay_target: _Seconds = 20
    max_delay_target: _Seconds = 20
    num_retries: _Number = 3
    num_max_delay_retries: _Number = 0
    num_no_delay_retries: _Number = 0
    num_min_delay_retries: _Number = 0
    backoff_function: Literal["linear", "arithmetic", "geometric", "exponential"] = "linear"

    def delays(self) -> list[float]:
        """How many seconds pass before each further attempt: none, the least, more and more, the most."""
        least, most = float(self.min_delay_target), float(self.max_delay_target)
        phases = self.num_no_delay_retries, self.num_min_delay_retries, self.num_max_delay_retries
        between = max(0, self.num_retries - sum(phases))
        growing = [_grown(self.backoff_function, least, most, number / between) for number in range(1, between + 1)]
        return [0.0] * phases[0] + [least] * phases[1] + growing + [most] * phases[2]


class _Request(msgspec.Struct, rename="camel", frozen=True):
    header_content_type: Annotated[str, msgspec.Meta(pattern="^[ -~]+$")] = _CONTENT_TYPE


class _OfSubscription(msgspec.Struct, rename="camel", frozen=True):
    healthy_retry_policy: Retries | None = None
    request_policy: _Request = _Request()
    throttle_policy: dict[str, Any] | None = None


class _Http(msgspec.Struct, rename="camel", frozen=True):
    default_healthy_retry_policy: Retries = Retries()
    disable_subscription_overrides: bool = False
    default_request_policy: _Request = _Request()


class _OfTopic(msgspec.Struct, rename="camel", frozen=True):
    http: _Http = _Http()


P = TypeVar("P", _OfSubscription, _OfTopic)


def check_delivery(text: str, *, of_topic: bool) -> None:
    """Refuse what is no delivery policy; an empty text is none at all.

    Raises:
        AwsError: InvalidParameter.
    """
    if of_topic:
        retries = _read(text, _OfTopic).http.default_healthy_retry_policy
    else:
        retries = _read(text, _OfSubscription).healthy_retry_policy or Retries()
    if retries.min_delay_target > retries.max_delay_target:
        raise invalid("DeliveryPolicy: maxDelayTarget must be greater than or equal to minDelayTarget")


def effective_of_topic(text: str) -> str:
    """The JSON of what holds for a topic, with what its policy does not say."""
    return msgspec.json.encode(_read(text, _OfTopic)).decode()


def retries_of(topic: str, subscription: str) -> Retries:
    """What holds for a subscription: its own policy, unless it has none or the topic forbids it; else the topic's."""
    http, own = _read(topic, _OfTopic).http, _read(subscription, _OfSubscription)
    return (
        http.default_healthy_retry_policy
        if http.disable_subscription_overrides
        else (own.healthy_retry_policy or http.default_healthy_retry_policy)
    )


def effective_of_subscription(topic: str, subscription: str) -> str:
    """The JSON of what holds for a subscription."""
    told = _OfSubscription(retries_of(topic, subscription), _read(subscription, _OfSubscription).request_policy)
    return msgspec.json.encode(told).decode()


def content_type_of(subscription: str) -> str:
    """The Content-Type of what is posted."""
    return _read(subscription, _OfSubscription).request_policy.header_content_type


def _grown(function: str, least: float, most: float, share: float) -> float:
    """A delay between two, at a share of the way, by a function that comes to the most at 1."""
    match function:
        case "arithmetic":
            return least + (most - least) * share * (share + 1) / 2
        case "geometric" if least:
            return least * (most / least) ** share
        case "exponential" if least:
            return least * (most / least) ** (share * share)
        case _:
            return least + (most - least) * share


def _read(text: str, kind: type[P]) -> P:
    if not text:
        return kind()
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise invalid(f"DeliveryPolicy: {error}") from None
