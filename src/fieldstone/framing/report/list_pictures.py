"""Pictures of recommendations: plain lists and learnt ones side by side."""

from fieldstone.framing.choice.wording import percent
from fieldstone.framing.recommending.record import Shelf, Suggestions
from fieldstone.framing.report import charts
from fieldstone.framing.report.charts import Bar, Caption
from fieldstone.framing.report.picture import Picture, short
from fieldstone.methods.resampling import Interval

_TITLE = {"anything": "Whatever may be offered", "new": "What a person has not had yet"}


def list_pictures(suggestions: Suggestions) -> dict[str, Picture]:
    """A picture for each task, by name."""
    return {f"lists-{shelf.task}": _shelf(shelf, suggestions.measure) for shelf in suggestions.shelves}


def _shelf(shelf: Shelf, measure: str) -> Picture:
    rows = [Bar(one.name, one.ndcg, ours=one.learns and one.entered) for one in shelf.standings]
    caption = Caption(f"lists-{shelf.task}", _TITLE[shelf.task], shelf.sentence)
    svg = charts.bars(caption, short(rows), name=measure, written=lambda value: f"{value:g}")
    table = tuple(
        (one.name, _three(one.ndcg), _three(one.over_popular), percent(one.hit.value), percent(one.coverage))
        for one in shelf.standings
    )
    header = ("list", measure, "over the most popular", "persons who chose something of it", "things ever offered")
    return Picture(caption, svg, header, table)


def _three(one: Interval) -> str:
    return f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})"
