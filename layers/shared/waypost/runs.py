"""Run: one aggregate run that somebody asked for, and how it ended."""

from msgspec import Struct

QUEUED = "queued"
RUNNING = "running"
DONE = "done"
INCOMPLETE = "incomplete"
FAILED = "failed"


class RunRecord(Struct, omit_defaults=True):
    """`objects` landing objects read, `days` published, `lost` races tried again."""

    id: str
    status: str
    created: int
    finished: int | None = None
    objects: int = 0
    days: int = 0
    lost: int = 0
