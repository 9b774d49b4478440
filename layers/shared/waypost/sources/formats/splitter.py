"""
JSON text in blocks of any size → its items, for the body of a request and for a file alike.

| text                | an item is                                                            |
|---------------------|-----------------------------------------------------------------------|
| arrays in a row     | what stands between two commas                                        |
| one object a line   | a line; each object where a line holds several                        |
| objects in a row    | an object on however many lines, or a line between two that holds none |

The first line tells the last two apart: it holds whole objects, or only the beginning of one.
"""

import itertools
from collections.abc import Iterable, Iterator

import msgspec

from waypost.errors import Malformed
from waypost.sources.formats.brackets import ARRAY, ROW, balanced, pieces


def split(
    blocks: Iterable[bytes], longest: int, first_line: int = 1
) -> Iterator[tuple[int | None, bytes]]:
    """The items of a text that begins with `{` or `[`, each with its line where it has its own.

    A line of over `longest` bytes is cut there. Raises `Malformed`, behind all items before, where
    the text ends within an item, or an item seems never to end.
    """
    blocks = iter(blocks)
    head = _head(blocks, longest)
    blocks = itertools.chain([head], blocks)
    if head[:1] == b"{" and _is_line_of_objects(head, longest):
        for number, line in enumerate(_lines(blocks, longest), first_line):
            for item in line_items(line):
                yield number, item
    else:
        for item in pieces(blocks, ARRAY if head[:1] == b"[" else ROW, longest):
            yield None, item


def _head(blocks: Iterator[bytes], longest: int) -> bytes:
    """The first line of objects with what follows it in its block, or the first block."""
    head = b""
    for block in blocks:
        head += block
        if head[:1] not in (b"{", b"") or len(head) >= longest or b"\n" in _one_line_end(head):
            break
    return head


def _is_line_of_objects(head: bytes, longest: int) -> bool:
    first = _one_line_end(head).partition(b"\n")[0]
    return len(first) < longest and balanced(first)


def _lines(blocks: Iterable[bytes], longest: int) -> Iterator[bytes]:
    rest = b""
    for block in blocks:
        *lines, rest = _one_line_end(rest + block).split(b"\n")
        yield from (line[:longest] for line in lines)
        rest = rest[:longest]  # so an endless line takes no more memory than this
    yield rest


def _one_line_end(text: bytes) -> bytes:
    """A lone carriage return ends a line only before an object: one within a string ends none."""
    return text.replace(b"\r{", b"\n{")


def line_items(line: bytes) -> list[bytes]:
    """The items of one line: one, none where it is blank, or objects in a row."""
    line = line.strip().rstrip(b",")
    if line[:1] != b"{" or _is_one(line):
        return [line] if line else []
    try:
        return list(pieces([line], ROW))
    except Malformed:
        return [line]


def _is_one(line: bytes) -> bool:
    """Whether a line is valid as it stands, as almost all are."""
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True
