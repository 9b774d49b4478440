"""Batch: a file or stream on its way in; how far it is and what became of its rows."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from waypost.sources.formats.reading import Reading
from waypost.times import DAY_MS

_KEPT_MS = 90 * DAY_MS
AWAITING = "awaiting_upload"
LOADING = "loading"
WAITING = "waiting"  # for the answer to a question
MATCHING = "matching"
DONE = "done"
FAILED = "failed"

OVERWRITTEN = (
    "the file was overwritten before all of it was read; the newer one is a batch of its own"
)
DELETED = "the file was deleted before all of it was read"


class BatchRecord(Struct, omit_defaults=True):
    """A batch as its loader sees it. The id is a 128-bit capability behind a sortable time.

    `object` is the etag of a file, `key` where it lies. `reading` is what was told of it and what
    was found; None until somebody looked for it. `columns` names the field that each column became,
    `hints` what its sender should look at, `notes` how it was read.
    """

    id: str
    kind: str
    status: str
    created: int
    name: str | None = None
    bytes: int = 0
    bytes_read: int = 0
    received: int = 0
    rejected: int = 0
    ignored: int = 0
    parts: int = 0
    error: str | None = None
    object: str | None = None
    key: str | None = None
    reading: Reading | None = None
    columns: dict[str, str | None] = {}
    hints: list[str] = []
    notes: list[str] = []
    question: dict[str, Any] | None = None


class PartRecord(Struct, omit_defaults=True):
    """What `match` did with one message of a batch."""

    stored: int = 0
    duplicate: int = 0
    rejected: int = 0
    ignored: int = 0

    @property
    def rows(self) -> int:
        return self.stored + self.duplicate + self.rejected + self.ignored


def taken(waiting: BatchRecord, record: BatchRecord) -> BatchRecord:
    """A door's batch, once the object of `record` has come for it."""
    return msgspec.structs.replace(
        waiting, object=record.object, key=record.key, status=record.status
    )


def new_id(created: int, token: str) -> str:
    return f"{created:015d}-{token}"


def expires(created: int) -> int:
    """Epoch seconds at which a batch made at `created` (epoch ms) may be forgotten."""
    return (created + _KEPT_MS) // 1000


def progress(record: BatchRecord, parts: Iterable[PartRecord]) -> dict[str, object]:
    """The public answer: totals of the file and of what has been matched so far.

    `matched` counts rows that `match` has dealt with; the batch is done when it has dealt with
    every part that the loader announced.
    """
    # A part is written again where its message was delivered again, under the same number, so the
    # parts that stand are those that were matched, each once.
    total, seen = PartRecord(), 0
    for part in parts:
        seen += 1
        total.stored += part.stored
        total.duplicate += part.duplicate
        total.rejected += part.rejected
        total.ignored += part.ignored
    status = record.status
    if status == MATCHING and seen >= record.parts:
        status = DONE
    answer = msgspec.to_builtins(record)
    for name in ("object", "key"):  # of the bucket, not of the sender
        answer.pop(name, None)
    if not answer.get("reading"):
        answer.pop("reading", None)
    return {
        # A record leaves out what is 0 or empty, and an answer names every count.
        "bytes": 0,
        "bytes_read": 0,
        "received": 0,
        "ignored": 0,
        **answer,
        # What its loader refused, and once it is matched the conflicts of message keys as well.
        "rejected": max(record.rejected, total.rejected),
        "status": status,
        "parts": {"announced": record.parts, "matched": seen},
        "matched": total.rows,
        "stored": total.stored,
        "duplicate": total.duplicate,
    }
