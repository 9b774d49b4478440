"""Which messages may have ended the function that had them, and how they are worked apart.

A message that fails is answered for. One that ends the process, by its memory or its time, takes
that answer along, and with it all that came in the same batch; each time anew, until all of them
are dead letters. So what may have done that is worked last, in small parts, and a mark in the
directory table says which part was begun: the part that was never ended holds the culprit.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from waypost.ingest import queue_records
from waypost.ingest.messages import slices
from waypost.ingest.queue_records import Record, receives

# What the function itself gave back comes again sooner than this; after the end of a function its
# messages stay hidden for the visibility timeout of their queue, which is longer.
HIDDEN_MS = 700_000
_RECEIVES_IN_HIDDEN = 5
_PARTS = 10
# A mark holds the ids of a part, and a batch of SQS a thousand messages.
MOST_IN_PART = 100


def told_apart(records: list[Record], now: int) -> tuple[list[Record], list[Record]]:
    """Records that cannot have ended a function, and those that may have. `now` is epoch ms.

    Only time tells a message that was given back from one whose function died with it, and only
    at first: after twelve minutes of failures it may be either, and counts as suspected.
    """
    suspected = [record for record in records if _may_have_killed(record, now)]
    ids = {record["messageId"] for record in suspected}
    return [record for record in records if record["messageId"] not in ids], suspected


def _may_have_killed(record: Record, now: int) -> bool:
    since = now - queue_records.first_received(record, now)
    return receives(record) > 1 and since >= HIDDEN_MS


def in_parts(suspected: list[Record], begun: Counter[str]) -> Iterator[list[Record]]:
    """Suspected records in the order of suspicion, in parts that one function works at a time.

    `begun` counts by message id the parts that were begun and never ended. What is in none of
    them goes first, in about ten parts; then the others, each alone.
    """
    unmarked = [record for record in suspected if not begun[record["messageId"]]]
    yield from _whole_tenants([record for record in unmarked if _failed_often(record)])
    rest = sorted((r for r in unmarked if not _failed_often(r)), key=queue_records.group)
    yield from slices(rest, _share(rest))
    marked = [record for record in suspected if begun[record["messageId"]]]
    marked.sort(key=lambda record: begun[record["messageId"]])
    yield from ([record] for record in marked)


def _failed_often(record: Record) -> bool:
    """Whether it was received as often as only what is given back can be by now.

    Such records are innocent but for a few, and after an hour of failures there are many: the
    messages of a tenant stay together, and cost the calls of one.
    """
    return receives(record) > _RECEIVES_IN_HIDDEN


def _whole_tenants(records: list[Record]) -> Iterator[list[Record]]:
    most, part = _share(records), list[Record]()
    ordered = sorted(records, key=queue_records.group)
    for _, of_tenant in groupby(ordered, key=queue_records.group):
        for piece in slices(of_tenant, MOST_IN_PART):
            if part and len(part) + len(piece) > most:
                yield part
                part = []
            part = part + piece
    if part:
        yield part


def _share(records: list[Record]) -> int:
    return max(1, -(-len(records) // _PARTS))
