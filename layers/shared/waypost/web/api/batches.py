"""GET /api/v1/batches: files and streams on their way in, and what became of their rows."""

from waypost.errors import NotFound
from waypost.insights.ports import BatchReader
from waypost.web import paging
from waypost.web.paging import Answer, Query


def batches(tenant: str, query: Query, stores: BatchReader) -> Answer:
    """One page of batches, newest first."""
    limit = paging.limit(query)
    newest = stores.newest(tenant, query.get("cursor"), limit)
    return {"batches": newest, "next": newest[-1]["id"] if len(newest) == limit else None}


def batch(tenant: str, id: str, stores: BatchReader) -> Answer:
    """How far a batch is, with its row errors. Raises `NotFound`."""
    progress = stores.progress(tenant, id)
    if progress is None:
        raise NotFound("there is no such batch", code="unknown_batch")
    return progress
