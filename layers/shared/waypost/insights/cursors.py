"""Cursors of feeds: where a page ended. What no page gave out is refused."""

import base64
import binascii
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from waypost.errors import BadCursor
from waypost.profiles.directory import is_name

# `after=0` sorts before every place of the live feed, since those begin with fifteen digits.
BEGINNING = "0"
LEAST_ID = "0" * 32
_Item = Annotated[str, Meta(pattern=r"\A[0-9]{15}#")]
_Time = Annotated[int, Meta(ge=0, lt=10**15)]
_Count = Annotated[int, Meta(ge=0, lt=10**9)]
_Id = Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")]


class Back(Struct, frozen=True):
    """Where a page of older events begins."""


class Place(Back, tag="e", tag_field="at", frozen=True, order=True):
    """The last event shown, by its time (epoch ms) and id: the next page begins behind it."""

    time: _Time
    id: _Id


NEWEST = Place(253_402_300_799_999, "f" * 32)  # the end of 9999: behind it all events lie


class Older(Back, tag="o", tag_field="at", frozen=True, omit_defaults=True):
    """A place in the live feed on the way back: `item` is the one where the page ended, `shown` how
    many of its events were shown, newest first; 0 is all. Events before `edge` are the lake's.
    """

    edge: _Time
    item: _Item | None = None
    shown: _Count = 0


class Newer(Struct, tag="n", tag_field="at", frozen=True, omit_defaults=True):
    """A place in the live feed on the way forward: as `Older`, with the oldest first."""

    item: _Item | None = None
    shown: _Count = 0


class SessionPlace(Struct, tag="s", tag_field="at", frozen=True):
    """The last session of a page: when it began (epoch ms), its id, and whose it is."""

    time: _Time
    session: str
    person: str


Cursor = Place | Older | Newer | SessionPlace
T = TypeVar("T", bound=Struct)


def text(cursor: Cursor) -> str:
    # The padding is left out, for `=` would have to be escaped in a query.
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def read(given: str | None, kind: type[T]) -> T | None:
    """A cursor of that kind; None where none was given. Raises `BadCursor` for anything that no
    page gave out.
    """
    if not given:
        return None
    try:
        data = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))
        cursor: Cursor = msgspec.json.decode(data, type=Cursor)
    # Deeper than any cursor, JSON ends the recursion.
    except (binascii.Error, ValueError, msgspec.MsgspecError, RecursionError):
        raise BadCursor from None
    if not isinstance(cursor, kind) or text(cursor) != given:
        raise BadCursor
    if isinstance(cursor, Older | Newer) and not _is_place(cursor.item, cursor.shown):
        raise BadCursor
    return cursor


def _is_place(item: str | None, shown: int) -> bool:
    """Whether there can be such an item, and some of it can have been shown."""
    return not shown if item is None else is_name(item)
