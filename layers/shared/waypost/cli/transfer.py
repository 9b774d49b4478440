"""A file on its way: uploaded, then followed until every row of it has been dealt with."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any, BinaryIO

from waypost.cli import progress
from waypost.cli.output import Failure
from waypost.sdk.client import Client

SHOWN_ERRORS = 1000
STALLED_SECONDS = 900.0
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 1.0
# A batch that waits for an answer goes on when somebody gives it.
_ENDS = ("done", "failed", "waiting")
# Ten seconds at most; then the batch is shown as it stands.
_SETTLE_TRIES = 50

Batch = dict[str, Any]
Ask = Callable[[], Batch]
Sleep = Callable[[float], None]


def transfer(
    client: Client, stream: BinaryIO, reading: dict[str, Any] | None = None, *, quiet: bool
) -> Batch:
    """Uploads with its reading, then waits for the last row; the batch's last state."""
    with progress.shown("uploading", "bytes", quiet=quiet) as update:
        id = client.upload(stream, update, reading)
    return watch(id, partial(client.batch, id), quiet=quiet)


def watch(id: str, ask: Ask, *, quiet: bool) -> Batch:
    """Shows how far a batch is until its end, whoever began it; its last state."""
    try:
        with progress.shown("matching", "rows", quiet=quiet) as update:
            return settled(ask, follow(ask, update))
    except KeyboardInterrupt:
        hint = f"waypost batches {id} --follow"
        raise Failure(f"stopped waiting; the file is safe and goes on: {hint}") from None


def follow(ask: Ask, update: progress.Update, *, sleep: Sleep = time.sleep) -> Batch:
    """Waits for the end of a batch. Raises `Failure` where it does not move for 15 minutes."""
    wait, still, before = _FIRST_WAIT, 0.0, None
    while True:
        batch = ask()
        update(batch["matched"], expected(batch))
        if batch["status"] in _ENDS:
            return batch
        state = (batch["status"], batch["bytes_read"], batch["matched"])
        still = still + wait if state == before else 0.0
        if still > STALLED_SECONDS:
            raise Failure(
                f"batch {batch['id']} has been {batch['status']} for "
                f"{STALLED_SECONDS / 60:.0f} minutes; the load function's log says why"
            )
        sleep(wait)
        # A small file is done in a moment; about a large one it is enough to ask each second.
        wait, before = min(wait * 1.3, _LONGEST_WAIT), state


def settled(ask: Ask, batch: Batch, *, sleep: Sleep = time.sleep) -> Batch:
    """The batch with all parts matched and all of its errors that are ever shown.

    A file that failed half-way has parts on their way still.
    """
    for _ in range(_SETTLE_TRIES):
        parts = batch["parts"]
        listed = len(batch["errors"]) >= min(batch["rejected"], SHOWN_ERRORS)
        if listed and parts["matched"] >= parts["announced"]:
            break
        sleep(2 * _FIRST_WAIT)
        batch = ask()
    return batch


def expected(batch: Batch) -> int:
    """How many rows the file has: known once it is read, reckoned from its bytes until then."""
    received, read, size = int(batch["received"]), int(batch["bytes_read"]), int(batch["bytes"])
    if batch["status"] == "loading" and read:
        return max(received, received * size // read)
    return received
