"""Dialects, one sender's wire format each: bytes → `Batch`, receipt → that sender's answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
from msgspec import Raw

from waypost import bodies
from waypost.errors import Malformed
from waypost.event import Event, ItemError, Reject

Items = list[Raw] | list[bytes]
T = TypeVar("T")


@dataclass(slots=True)
class Batch:
    """What one body or one stretch of a file held: events with their place, and rejects."""

    events: list[Event] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    @property
    def received(self) -> int:
        return len(self.events) + len(self.rejects)


def items(body: bytes) -> Items:
    """The items of a body, each still text: JSON in every shape that senders use, or a form.

    Raises `Malformed` where no item can be told from the next, or there is none.
    """
    text = bodies.to_utf8(body).strip()
    if text[:1] not in (b"{", b"[", b"") and (fields := bodies.form(text)) is not None:
        return [msgspec.json.encode(fields)]
    found = bodies.items(text) if text else []
    if not found:
        raise Malformed("the body holds no item; send at least one", code="empty_body")
    return found


def opened(body: bytes) -> tuple[Items, dict[str, bytes]]:
    """The items of a body that may be one object with them under `batch`, and its other members.

    Raises `Malformed` as `items` does.
    """
    found = items(body)
    envelope = bodies.members(bytes(found[0])) if len(found) == 1 else {}
    if envelope.get("batch", b"")[:1] not in (b"[", b"{"):
        return found, {}
    return items(envelope["batch"]), envelope


def each(
    found: Sequence[Raw | bytes], read: Callable[[dict[str, Any]], T]
) -> tuple[list[tuple[int, T]], list[Reject]]:
    """Every item through `read` with its place; an `ItemError` becomes a reject."""
    taken, rejects = [], []
    for n, raw in enumerate(found):
        try:
            taken.append((n, read(bodies.strict_object(raw))))
        except ItemError as error:
            rejects.append(error.reject(n, bytes(raw).decode("utf-8", "replace")))
    return taken, rejects


def judge(found: Sequence[Raw | bytes], to_event: Callable[[dict[str, Any]], Event]) -> Batch:
    """Every item through `to_event`, whose `ItemError` becomes a reject with the item's place."""
    taken, rejects = each(found, to_event)
    for n, event in taken:
        event.n = n
    return Batch([event for _, event in taken], rejects)
