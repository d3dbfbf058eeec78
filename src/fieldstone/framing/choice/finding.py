"""What a choice between answers in numbers says for or against a model, in money."""

from fieldstone.framing.choice.record import Choice
from fieldstone.framing.choice.wording import ERRORS, figure, span
from fieldstone.framing.findings import Finding, Reason


def findings_of(choice: Choice | None) -> tuple[Finding, ...]:
    """Whether a model of numbers pays, where errors have a price; of yes and no, the examination has said so."""
    if choice is None or choice.kind != "number" or choice.unit == ERRORS:
        return ()
    best = choice.alternatives[0]
    plain = max((one for one in choice.alternatives if not one.learned), key=lambda one: one.value.value)
    gained, evidence = plain.behind, {"model": best.value.value, "plain": plain.value.value, "does": plain.does}
    than = f"{span(gained)} {choice.unit} per 1,000 cases against the best way without one ({plain.does})"
    if choice.pays:
        return (Finding("worth", "fine", f"A model pays: it gains {than}.", evidence),)
    if gained.high > 0:
        advice = "Look for columns that tell more, or begin with the way without a model."
        return (Finding("worth", "caution", f"It is not sure that a model pays: it gains {than}.", evidence, advice),)
    lost = f"it costs {figure(-gained.value)} {choice.unit} more per 1,000 cases than the best way without one"
    sentence = f"A model does not pay: {lost} ({plain.does})."
    return (Finding("worth", "stop", sentence, evidence, f"Go on without a model: {plain.does}.", Reason.RULE_WORKS),)
