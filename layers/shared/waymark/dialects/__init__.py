"""Dialects, one sender's wire format each: bytes → `Batch`, receipt → that sender's answer."""

from dataclasses import dataclass, field

from waymark.event import Event, Reject


@dataclass(slots=True)
class Batch:
    """What one body or one stretch of a file held: events with their place, and rejects."""

    events: list[Event] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    @property
    def received(self) -> int:
        return len(self.events) + len(self.rejects)
