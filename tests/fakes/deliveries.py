"""Deliveries: what a queue was told of messages that it had handed over, and who is suspected."""

from collections import Counter
from dataclasses import dataclass, field

from waypost.ingest.queue_records import Record


@dataclass
class FakeDeliveries:
    """By message id: the seconds after which it comes back, and what was deleted, in order."""

    hidden: dict[str, int] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)

    def hide(self, pauses: list[tuple[Record, int]]) -> None:
        self.hidden |= {record["messageId"]: seconds for record, seconds in pauses}

    def delete(self, records: list[Record]) -> None:
        self.deleted += [record["messageId"] for record in records]


@dataclass
class FakeSuspects:
    """The ids of each part that was begun and not ended, by the name of its mark."""

    marks: dict[str, list[str]] = field(default_factory=dict)
    count: int = 0

    def begin(self, ids: list[str]) -> str:
        self.count += 1
        mark = f"mark-{self.count}"
        self.marks[mark] = ids
        return mark

    def end(self, mark: str) -> None:
        del self.marks[mark]

    def begun(self) -> Counter[str]:
        return Counter(id for ids in self.marks.values() for id in ids)
