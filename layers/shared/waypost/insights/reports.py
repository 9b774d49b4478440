"""Reports of time, for whoever asks for them: feeds and numbers of activity leave them out.

What a timer or a browser that leaves has sent: Natero's sessionSync, sessionIdle, moduleEnd and
pageViewEnd. Whose they are is no part of what tells on which days there are any.
"""

from datetime import date

from waypost.insights import lake_feed, scopes, spans
from waypost.insights.cursors import NEWEST, Place
from waypost.insights.event_filters import Matching
from waypost.insights.lake_feed import Newest, Search
from waypost.insights.ports import LakeReader
from waypost.insights.spans import Span
from waypost.lake.plans import Plan

# A report has the count 0, so these days are those of all that has a name.
_SPAN = "SELECT min(day)::VARCHAR, max(day)::VARCHAR, count(*) FROM totals_day"


def newest(
    tenant: str, at: Place | None, limit: int, *, reader: LakeReader, matching: Matching
) -> Newest:
    """As `lake_feed.newest`, of reports of time."""
    everybody = scopes.of_everybody()
    return lake_feed.found(_Reports(tenant, everybody, at or NEWEST, reader, matching), limit)


class _Reports(Search):
    wanted = "kind = 'time'"

    def span(self) -> Span | None:
        ((began, ended, rows),) = self.ask(Plan({"totals_day": ("day",)}), _SPAN, ())
        if began is None:
            return None
        published = self.published()
        first = max(date.fromisoformat(began), spans.day(self.matching.start or 0))
        last = min(date.fromisoformat(ended), spans.day(self.below.time))
        if last < first:
            return None
        return Span(first, last, max(rows, published.rows if published else 0))

    def days(self, first: date, last: date, span: Span) -> list[str]:
        return self.days_in("totals_day", ("source",), first, last, span)
