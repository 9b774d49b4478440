"""POST /api/v1/replay: everything that is derived is derived anew, from what is kept."""

from msgspec import Struct

from waypost.ingest import replay
from waypost.ingest.replay import ReplayStores
from waypost.lake import runs
from waypost.web.asking import Parameters


class ReplayAnswer(Struct):
    """The run that makes everything anew, and how many files are loaded again."""

    id: str
    status: str
    created: int
    files: int


def replay_all(tenant: str, parameters: Parameters, stores: ReplayStores) -> ReplayAnswer:
    """Queues a run that makes the whole lake anew; with `inbox=true` files are loaded again first.

    Raises `BadQuery`.
    """
    files, inbox = 0, parameters.flag("inbox")
    parameters.refuse_rest()
    if inbox:
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
