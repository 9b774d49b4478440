"""GET /api/v1/batches: files and streams on their way in, and what became of their rows."""

from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from waypost import answer_size
from waypost.errors import NotFound
from waypost.insights.listed import TAKES, holds
from waypost.insights.ports import BatchReader
from waypost.profiles.directory import is_name
from waypost.web import narrowing, paging
from waypost.web.asking import Parameters

MOST = 100
_MOST_PAGES = 5


class RowError(Struct):
    """Why a row was refused; `line` counts from 1 in the file, `index` from 0 in its rows."""

    index: int
    code: str
    message: str
    field: str | None
    line: int | UnsetType = UNSET


class Parts(Struct):
    """How many messages the loader announced, and how many of them were matched."""

    announced: int
    matched: int


class Question(Struct):
    """What has to be told before a file can be read: a column, a few of its values, and how."""

    code: str
    column: str
    examples: list[str]
    remedy: str


class BatchAnswer(Struct, kw_only=True):
    """A batch as far as it is; `created` is in epoch ms.

    `columns` is by a column's name the field that it became, null where it was not kept. `hints`
    is what its sender should look at, `notes` how the file was read, `reading` the same as it can
    be told. A batch that is `waiting` has a `question`.
    """

    bytes: int
    bytes_read: int
    received: int
    rejected: int
    ignored: int
    id: str
    kind: str
    status: str
    created: int
    name: str | UnsetType = UNSET
    error: str | UnsetType = UNSET
    reading: dict[str, Any] | UnsetType = UNSET
    columns: dict[str, str | None] | UnsetType = UNSET
    hints: list[str] | UnsetType = UNSET
    notes: list[str] | UnsetType = UNSET
    question: Question | UnsetType = UNSET
    parts: Parts
    matched: int
    stored: int
    duplicate: int


class BatchDetails(BatchAnswer, kw_only=True):
    """A batch with its row errors."""

    errors: list[RowError] | UnsetType = UNSET


class BatchesAnswer(Struct):
    batches: list[BatchAnswer]
    next: str | None


def batches(tenant: str, parameters: Parameters, stores: BatchReader) -> BatchesAnswer:
    """One page of batches, newest first; 100 at most, since each has its parts read.

    For few among many no more than 500 are read; a page may then be short of its limit.
    """
    limit, before = paging.limit(parameters, MOST), paging.cursor(parameters)
    narrows = narrowing.narrows(parameters, TAKES["batches"])
    parameters.refuse_rest()
    page: list[BatchAnswer] = []
    room = answer_size.Room()
    for _ in range(_MOST_PAGES):
        wanted = limit - len(page)
        read = stores.newest(tenant, before, MOST if narrows else wanted)
        for state in read:
            if holds(state, narrows):
                row = msgspec.convert(state, BatchAnswer)
                if not room.takes(row):
                    return BatchesAnswer(page, before)
                page.append(row)
            before = str(state["id"])
            if len(page) == limit:
                # A full page may be the last: the next is then empty, cheaper than counting all.
                return BatchesAnswer(page, before)
        if len(read) < (MOST if narrows else wanted):
            return BatchesAnswer(page, None)
    return BatchesAnswer(page, before)


def batch(tenant: str, id: str, stores: BatchReader) -> BatchDetails:
    """How far a batch is, with the first of its row errors. Raises `NotFound`."""
    progress = stores.progress(tenant, id) if is_name(id) else None
    if progress is None:
        raise NotFound("there is no such batch", code="unknown_batch")
    details = msgspec.convert(progress, BatchDetails)
    if details.errors is not UNSET:
        details.errors = details.errors[: answer_size.fitting(details.errors)]
    return details
