"""Packs: many records in few DynamoDB items, each small enough to be one."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import zstandard

MAX_BYTES = 350_000

T = TypeVar("T")


def packed(records: list[T], encode: Callable[[list[T]], bytes], most: int) -> Iterator[bytes]:
    """The records compressed, in as many packs as their size asks for; `most` records a pack."""
    if not records:
        return
    data = (
        b"" if len(records) > most else zstandard.ZstdCompressor(level=3).compress(encode(records))
    )
    if data and (len(data) <= MAX_BYTES or len(records) == 1):
        yield data
        return
    middle = len(records) // 2
    yield from packed(records[:middle], encode, most)
    yield from packed(records[middle:], encode, most)


def unpacked(data: bytes) -> bytes:
    """What was compressed into a pack."""
    return zstandard.ZstdDecompressor().decompress(data, max_output_size=1 << 28)
