"""GET /api/v1/ledger: what was received, and why some of it is not counted as it was sent."""

from waypost import times
from waypost.event import Reject, Verdict
from waypost.insights.ports import LedgerStores
from waypost.lake import manifests
from waypost.web import paging
from waypost.web.paging import Answer, Query

_LISTS: tuple[str, ...] = (Verdict.REJECTED, Verdict.IGNORED, Verdict.NOTED)


def ledger(tenant: str, query: Query, stores: LedgerStores) -> Answer:
    """`received` and the five verdicts that it is the sum of, with the newest entries.

    `rejected` and `ignored` were not counted; what is `noted` was, but not as it was sent.
    """
    counts = _counts(tenant, stores)
    entries, following = _entries(tenant, query, stores)
    if query.get("format") == "csv":
        return {"entries": entries}
    lists = {name: [entry for entry in entries if entry["verdict"] == name] for name in _LISTS}
    return {"counts": counts, **lists, "next": following}


def _counts(tenant: str, stores: LedgerStores) -> dict[str, int]:
    """The published counts, and those of what landed since the last hourly run."""
    hour, done = stores.metrics.watermark(tenant)
    landed = stores.lake.landing(tenant, hour)
    waiting = [object.counts for object in landed if object.name not in done]
    return manifests.ledger_totals(stores.metrics.manifests(tenant), waiting)


def _entries(tenant: str, query: Query, stores: LedgerStores) -> tuple[list[Answer], str | None]:
    """Whole messages until the limit is reached, and where the next page begins."""
    limit = paging.limit(query)
    entries: list[Answer] = []
    for place, received, rejects in stores.ledger.newest(tenant, query.get("cursor"), limit):
        entries += [_entry(reject, place, received) for reject in rejects]
        if len(entries) >= limit:
            return entries, place
    return entries, None


def _entry(reject: Reject, place: str, received: int) -> Answer:
    shown = {
        "verdict": reject.verdict,
        "received": times.iso(received),
        "receipt": place.partition("#")[0],
        "payload": reject.payload,
        **reject.answer(),
    }
    return shown if reject.detail is None else {**shown, "detail": reject.detail}
