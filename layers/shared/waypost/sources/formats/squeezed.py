"""Gzip and zlib in memory: every member of a body, bounded in all."""

import contextlib
import re
import zlib
from collections.abc import Iterator

from waypost.errors import Malformed, TooLarge

_GZIP = b"\x1f\x8b"
_ZLIB = (b"x\x01", b"x\x5e", b"x\x9c", b"x\xda")
_ZEROS = re.compile(rb"\0*")
_PROBE = 64
_WINDOW = 4096


def is_squeezed(body: bytes) -> bool:
    """Whether the body begins as gzip or zlib do."""
    if body[:2] in _ZLIB:
        # Two of these are text as well, so the bytes behind them decide.
        with contextlib.suppress(zlib.error):
            zlib.decompressobj().decompress(body[:_PROBE])
            return True
    return body[:2] == _GZIP


def members(body: bytes, limit: int) -> Iterator[bytes]:
    """What the members hold, in pieces. Zeros after a member are padding, as `gzip(1)` has it.

    Raises `TooLarge` past `limit` bytes in all, and `Malformed` for a member that is damaged or
    cut off and for anything else behind one: it may have been rows.
    """
    place, room, view = 0, limit, memoryview(body)
    while place < len(body):
        if place and body[place : place + 2] != _GZIP:
            raise Malformed(
                f"bytes that are not gzip follow the gzip stream, from byte {place} on",
                code="bad_gzip",
            )
        pieces, place = _member(view, place, room)
        room -= sum(map(len, pieces))
        if room < 0:
            raise TooLarge(f"the body inflates beyond {limit} bytes", limit=limit)
        yield from pieces
        place = _ZEROS.match(body, place).end()  # type: ignore[union-attr]


def _member(view: memoryview, place: int, room: int) -> tuple[list[bytes], int]:
    """The member that starts at `place`, a byte more than `room` of it at most, and its end."""
    stream, pieces, window = zlib.decompressobj(wbits=47), [], _WINDOW
    while not stream.eof and room >= 0:
        if place >= len(view):
            raise Malformed("the gzip stream ends too early; send it again", code="bad_gzip")
        try:
            pieces.append(stream.decompress(view[place : place + window], room + 1))
        except zlib.error as error:
            raise Malformed(f"the gzip stream is damaged: {error}", code="bad_gzip") from None
        room -= len(pieces[-1])
        # zlib copies what is behind a member, so a body of small ones is read in small windows.
        place, window = min(place + window, len(view)), window * 2
    return pieces, place - len(stream.unused_data)
