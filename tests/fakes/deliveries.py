"""Deliveries: what a queue was told of messages that it had handed over."""

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
