"""
What travels from a door to `match`: a `Message`, in the queue itself or in an S3 chunk.

Small receptions ride in the queue. Large ones are one S3 object: zstd frames of up to 5,000
events, each frame a `Message`; the queue then carries one `Pointer` per frame.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

import msgspec
import zstandard
from msgspec import Raw, Struct

from waypost.event import Event, Reject

VERSION = 1
# `match` takes up to 1,000 messages at once, which are then 25,000 events at most.
INLINE_EVENTS = 25
# Escaped to ASCII a text may be three times as long, and SQS takes 1 MiB.
INLINE_BYTES = 200_000
FRAME_EVENTS = 5_000
T = TypeVar("T")
_MAX_FRAME = 512 * 1024 * 1024


class Message(Struct, omit_defaults=True):
    """Some events of one reception. `received` is epoch ms; `part` counts its messages from 0."""

    tenant: str
    receipt: str
    source: str
    received: int
    events: list[Event] = []
    rejects: list[Reject] = []
    part: int = 0
    batch: str | None = None
    v: int = VERSION

    @property
    def name(self) -> str:
        """The same for every copy of a message, and sorting by reception and part."""
        return f"{self.receipt}#{self.part:06d}"


class Pointer(Struct, omit_defaults=True):
    """Where in the inbox bucket a frame lies: `length` bytes at `offset` of the object `key`."""

    tenant: str
    key: str
    offset: int
    length: int
    v: int = VERSION


class _Wire(Message):
    events: list[Raw] = []  # type: ignore[assignment]


class _Version(Struct):
    v: int = VERSION
    key: str | None = None


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Message).decode
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def wire(
    *,
    tenant: str,
    receipt: str,
    source: str,
    received: int,
    lines: list[bytes],
    rejects: list[Reject],
    part: int = 0,
    batch: str | None = None,
) -> bytes:
    """A message as JSON, made from event lines that are JSON already."""
    # One text for all of them: to the encoder it is as good as a list of texts, and cheaper.
    raws = [Raw(b",".join(lines))] if lines else []
    return _encode(_Wire(tenant, receipt, source, received, raws, rejects, part, batch))


def queue_body(message: bytes | Pointer) -> str:
    """The message as SQS takes it: ASCII only, since SQS refuses some Unicode characters."""
    text = (message if isinstance(message, bytes) else _encode(message)).decode()
    return text if text.isascii() else _NOT_ASCII.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    # JSON escapes characters beyond U+FFFF as two UTF-16 units.
    units = match[0].encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def read_queue(body: str) -> Message | Pointer:
    """What a queue body holds. Raises `ValueError` for a version that this code does not know."""
    # The version alone first: a later one may not even decode as a message of this one.
    head = msgspec.json.decode(body, type=_Version)
    if head.v != VERSION:
        raise ValueError(f"message version {head.v}: this code reads version {VERSION}")
    return msgspec.json.decode(body, type=Pointer) if head.key else _decode(body)


def is_pointer(body: str) -> bool:
    """Whether a queue body only points at its events.

    Told from its beginning, where a `Pointer` names its key and a `Message` its events: to decode
    every body for this would double that work. A wrong answer only lets a message go alone.
    """
    return '"key":' in body[:200] and '"events":' not in body[:200]


def frame(message: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=1).compress(message)


def read_frame(data: bytes) -> Message:
    return _decode(zstandard.ZstdDecompressor().decompress(data, max_output_size=_MAX_FRAME))


def slices(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """The things in lists of `size`, as they come; the last list may be shorter."""
    rest = iter(things)
    while some := list(islice(rest, size)):
        yield some
