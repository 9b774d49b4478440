"""What of a batch is worked together: a tenant's small messages; a chunk alone."""

from dataclasses import dataclass

import msgspec

from waypost.ingest import messages, queue_records
from waypost.ingest.messages import FRAME_EVENTS, Pointer
from waypost.ingest.queue_records import Record, receives

# A tenant's calls take about as long as so many more events would.
_TENANT_EVENTS = 20
# No event is shorter than this, as JSON in a message and compressed in a chunk.
_INLINE_BYTES, _CHUNK_BYTES = 200, 16


@dataclass(frozen=True, slots=True)
class Group:
    """Records that one thread works together, and about how many events that is.

    `tried`: this very function has begun them before.
    """

    records: list[Record]
    is_chunk: bool = False
    tried: bool = False

    @property
    def events(self) -> int:
        if self.is_chunk:
            return _TENANT_EVENTS + _chunk_events(self.records[0]["body"])
        sizes = (1 + len(record["body"]) // _INLINE_BYTES for record in self.records)
        return _TENANT_EVENTS + sum(sizes)

    @property
    def receives(self) -> int:
        return max(map(receives, self.records))

    def halves(self) -> list["Group"]:
        middle = len(self.records) // 2
        parts = self.records[:middle], self.records[middle:]
        return [Group(part, tried=True) for part in parts]


def grouped(records: list[Record]) -> tuple[list[Group], list[Group]]:
    """The groups of small messages and the chunks, in each the most often received first.

    A chunk is thousands of events, so it shares its group with nothing.
    """
    of_tenant: dict[str, list[Record]] = {}
    chunks: list[Group] = []
    for record in records:
        if messages.is_pointer(record["body"]):
            chunks.append(Group([record], is_chunk=True))
        else:
            of_tenant.setdefault(queue_records.group(record), []).append(record)
    small = [Group(records) for records in of_tenant.values()]
    # Whoever was put off for want of time before must not be put off again and again.
    return _in_turn(small), _in_turn(chunks)


def _in_turn(groups: list[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: group.receives, reverse=True)


def _chunk_events(body: str) -> int:
    try:
        length = msgspec.json.decode(body, type=Pointer).length
    except msgspec.MsgspecError:
        return 0
    return min(FRAME_EVENTS, length // _CHUNK_BYTES)
