"""Packs: many records in few DynamoDB items, each small enough to be one."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import zstandard

MAX_BYTES = 350_000  # DynamoDB takes items of 400 KB, keys and names of attributes included

T = TypeVar("T")


def packed(records: list[T], encode: Callable[[list[T]], bytes], most: int) -> Iterator[bytes]:
    """The records compressed, in as many packs as their size asks for; `most` records a pack."""
    if not records:
        return
    # Nobody knows beforehand how far records compress: a pack that comes out too large is made
    # again as two halves. `most` spares the vain attempts, and bounds what a reader unpacks.
    data = (
        b"" if len(records) > most else zstandard.ZstdCompressor(level=3).compress(encode(records))
    )
    if data and (len(data) <= MAX_BYTES or len(records) == 1):
        yield data
        return
    middle = len(records) // 2
    yield from packed(records[:middle], encode, most)
    yield from packed(records[middle:], encode, most)


def compressed(data: bytes) -> bytes:
    """One pack of what has no parts."""
    return zstandard.ZstdCompressor(level=3).compress(data)


def unpacked(data: bytes) -> bytes:
    """What was compressed into a pack."""
    return zstandard.ZstdDecompressor().decompress(data, max_output_size=1 << 28)
