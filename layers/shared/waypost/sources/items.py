"""Items of a body, each still text, and each judged alone: an `ItemError` becomes a reject."""

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Raw

from waypost.errors import Malformed
from waypost.event import Batch, Event, ItemError, Reject
from waypost.sources.formats import json_items, placeholders
from waypost.sources.formats.clocks import Clock
from waypost.sources.formats.placeholders import Struck

_EMPTY_ARRAYS = re.compile(rb"(?:\[\s*\]\s*)+")
Items = list[Raw] | list[bytes]
T = TypeVar("T")
Strike = Callable[[dict[str, Any]], list[Struck]]


def items(body: bytes) -> Items:
    """The items of a body, each still text: JSON in every shape that senders use, or a form.

    None of an empty array: whoever sends by the clock has nothing to send at times. Raises
    `Malformed` where no item can be told from the next, and for an empty body.
    """
    text = json_items.to_utf8(body).strip()
    # Some of Natero's clients send a form labelled as JSON, so the text itself must tell. What
    # begins like JSON is never a form, even where it holds a `=`.
    if text[:1] not in (b"{", b"[", b"") and (fields := json_items.form(text)) is not None:
        return [msgspec.json.encode(fields)]
    raw_items = json_items.items(text) if text else []
    if not raw_items and not _EMPTY_ARRAYS.fullmatch(text):
        raise Malformed("the body is empty; send at least an empty array", code="empty_body")
    return raw_items


def single(body: bytes, several: Malformed) -> Items:
    """The only item of a body. Raises `several` where there are more, `Malformed` as `items` does
    and where there is none.
    """
    raw_items = items(body)
    if len(raw_items) > 1:
        raise several
    if not raw_items:
        raise Malformed("the body holds no item; send one", code="empty_body")
    return raw_items


def opened(body: bytes) -> tuple[Items, dict[str, bytes]]:
    """The items of a body that may be one object with them under `batch`, and its other members.

    Raises `Malformed` as `items` does.
    """
    raw_items = items(body)
    envelope = json_items.members(bytes(raw_items[0])) if len(raw_items) == 1 else {}
    # A lone item may have a field of that name: only an array or an object is an envelope.
    if envelope.get("batch", b"")[:1] not in (b"[", b"{"):
        return raw_items, {}
    return items(envelope["batch"]), envelope


def each(
    raw_items: Sequence[Raw | bytes],
    read: Callable[[dict[str, Any]], T],
    strike: Strike = lambda _item: [],
    clock: Clock | None = None,
) -> tuple[list[tuple[int, T]], list[Reject]]:
    """Every item through `read` with its place; an `ItemError` becomes a reject.

    `strike` takes the placeholders out of an item before it is read; each becomes a note. So does
    what the `clock`, by which `read` reads times, had to change in them.
    """
    taken, rejects = [], []
    clock = clock or Clock(0)
    for n, raw in enumerate(raw_items):
        struck: list[Struck] = []
        try:
            item = json_items.strict_object(raw)
            struck = strike(item)
            taken.append((n, read(item)))
        except ItemError as error:
            told = placeholders.explained(error, struck)
            rejects.append(told.reject(n, bytes(raw).decode("utf-8", "replace")))
            clock.refused()
        else:
            rejects += [value.note(n) for value in struck]
            clock.taken(n)
    return taken, [*rejects, *clock.notes()]


def judge(
    raw_items: Sequence[Raw | bytes],
    to_event: Callable[[dict[str, Any]], Event],
    strike: Strike,
    clock: Clock | None = None,
) -> Batch:
    """Every item through `to_event`, whose `ItemError` becomes a reject with the item's place."""
    taken, rejects = each(raw_items, to_event, strike, clock)
    for n, event in taken:
        event.n = n
    return Batch([event for _, event in taken], rejects)
