"""
Jobs: questions that no answer has time for, answered as a file.

A job is named by its question, so whoever asks the same again meets the same job: while it is
under way, and for five minutes after it. Its record is kept as long as its file: a week.
"""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

import msgspec
from msgspec import Struct

from waypost.errors import BadQuery, Unavailable
from waypost.insights.ports import JobQueue, JobStore
from waypost.times import DAY_MS

QUEUED, RUNNING, DONE, FAILED = "queued", "running", "done", "failed"
KEPT_MS = 7 * DAY_MS
FRESH_MS = 5 * 60_000
# A function that was killed is followed by another within sixteen minutes, and what failed is
# tried again within fifteen: whoever says nothing for longer has ended.
SILENT_MS = 35 * 60_000
MOST_BYTES = 20_000  # of a question as JSON; a URL has fewer, even with a saved one before it
MOST_REASON = 500  # characters
_UNKNOWN_END = "it ended without a word; ask the same again"


class Asking(Struct, frozen=True):
    """A question as data: its kind, the values of each parameter, and `json` or `csv`."""

    kind: str
    parameters: dict[str, list[str]]
    format: str = "json"


class Job(Struct, omit_defaults=True):
    """How a question is getting on. Times are epoch ms; `fetched` of `total` bytes are read, and
    the answer has `size` bytes. `reason` is for whoever asked.
    """

    id: str
    status: str
    asking: Asking
    created: int
    updated: int
    tries: int = 0
    fetched: int = 0
    total: int = 0
    size: int = 0
    finished: int | None = None
    reason: str | None = None


class JobMessage(Struct):
    """What travels in the queue: the record says the rest, and whether it is still wanted."""

    tenant: str
    job: str
    created: int


def asking(kind: str, given: Mapping[str, Sequence[str]], format: str) -> Asking:
    """A question as its job asks it: without what only says how it is answered."""
    parameters = {
        name: [value for value in values if value]
        for name, values in sorted(given.items())
        if name not in {"async", "format"} and any(values)
    }
    return Asking(kind, parameters, format)


def request(
    tenant: str, asking: Asking, *, jobs: JobStore, queue: JobQueue, clock: Callable[[], int]
) -> Job:
    """The job of a question, queued where it is not under way or was just done.

    Raises `BadQuery` for one that is larger than a record keeps.
    """
    if len(msgspec.json.encode(asking)) > MOST_BYTES:
        raise BadQuery(f"a question that goes on as a job has {MOST_BYTES} bytes at most")
    id, now = _id(tenant, asking), clock()
    standing = jobs.get(tenant, id)
    if standing is not None and _is_current(standing, now):
        return standing
    job = Job(id, QUEUED, asking, now, now)
    # The record comes first: the function looks for it.
    jobs.put(tenant, job)
    try:
        queue.send(tenant, [msgspec.json.encode(JobMessage(tenant, id, now))])
    except Unavailable:
        job.status, job.reason = FAILED, _UNKNOWN_END
        jobs.put(tenant, job)
        raise
    return job


def as_of(job: Job, now: int) -> Job:
    """A job as it is to be told: one of which nothing was heard has failed."""
    if job.status in {QUEUED, RUNNING} and _is_silent(job, now):
        return msgspec.structs.replace(job, status=FAILED, reason=_UNKNOWN_END)
    return job


def is_wanted(job: Job | None, message: JobMessage) -> bool:
    """Whether a message still asks for something: not if it was done, or asked for again since."""
    return job is not None and job.created == message.created and job.status != DONE


def answer_key(tenant: str, job: Job) -> str:
    """Where the answer lies in the lake bucket."""
    return f"answers/tenant_id={tenant}/{job.id}.{job.asking.format}"


def _id(tenant: str, asking: Asking) -> str:
    return sha256(tenant.encode() + b"|" + msgspec.json.encode(asking)).hexdigest()[:32]


def _is_current(job: Job, now: int) -> bool:
    if job.finished is not None and job.status == DONE:
        return now - job.finished < FRESH_MS
    return job.status != FAILED and not _is_silent(job, now)


def _is_silent(job: Job, now: int) -> bool:
    return now - job.updated >= SILENT_MS
