"""What a choice says for or against a model, in money."""

from fieldstone.framing.choice.amounts import MISTAKES
from fieldstone.framing.choice.record import Choice
from fieldstone.framing.choice.wording import ERRORS, figure, span
from fieldstone.framing.findings import Finding, Reason


def findings_of(choice: Choice | None) -> tuple[Finding, ...]:
    """Whether a model pays, where its answers have a price; within the capacity, where there is one."""
    if choice is None or choice.kind not in {"binary", "number"} or choice.unit in {ERRORS, MISTAKES}:
        return ()
    best = choice.alternatives[0]
    plain = max(
        (one for one in choice.alternatives if not one.learned and one.feasible), key=lambda one: one.value.value
    )
    gained, evidence = plain.behind, {"model": best.value.value, "plain": plain.value.value, "does": plain.does}
    than = f"{span(gained)} {choice.unit} per 1,000 cases against the best way without one ({plain.does})"
    if choice.pays:
        return (Finding("worth", "fine", f"A model pays: it gains {than}.", evidence),)
    if gained.high > 0:
        advice = "Look for columns that tell more, or begin with the way without a model."
        return (Finding("worth", "caution", f"It is not sure that a model pays: it gains {than}.", evidence, advice),)
    lost = f"it costs {figure(-gained.value)} {choice.unit} more per 1,000 cases than" if gained.value else "it does as"
    sentence = f"A model does not pay: {lost} the best way without one ({plain.does})."
    return (Finding("worth", "stop", sentence, evidence, f"Go on without a model: {plain.does}.", Reason.RULE_WORKS),)
