"""POST /api/v1/replay: everything that is derived is derived anew, from what is kept."""

from msgspec import Struct

from waypost.errors import BadQuery
from waypost.ingest import replay
from waypost.ingest.replay import ReplayStores
from waypost.lake import runs
from waypost.web.paging import Query


class ReplayAnswer(Struct):
    """The run that makes everything anew, and how many files are loaded again."""

    id: str
    status: str
    created: int
    files: int


def replay_all(tenant: str, query: Query, stores: ReplayStores) -> ReplayAnswer:
    """Queues a run that makes the whole lake anew; with `inbox=true` files are loaded again first.

    Raises `BadQuery`.
    """
    files = 0
    if _wants_inbox(query):
        files = replay.load_again(
            tenant, batches_of=stores.batches, exists=stores.exists, jobs=stores.jobs
        )
    run = runs.request(
        tenant,
        runs=stores.runs,
        queue=stores.queue,
        clock=stores.clock,
        anew=[runs.EVERYTHING],
    )
    return ReplayAnswer(run["id"], run["status"], run["created"], files)


def _wants_inbox(query: Query) -> bool:
    if unknown := query.keys() - {"inbox"}:
        name = min(unknown)
        raise BadQuery(f"there is no parameter {name}; replay takes inbox", field=name)
    if query.get("inbox", "false") not in ("true", "false"):
        raise BadQuery("inbox is true or false", field="inbox")
    return query.get("inbox") == "true"
