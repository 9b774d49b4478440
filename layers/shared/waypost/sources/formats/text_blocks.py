"""The bytes of a file → blocks of text, and lines; inflated, in the encoding that it has."""

import codecs
import gzip
import io
from collections.abc import Iterator
from typing import BinaryIO

from waypost.errors import Malformed
from waypost.sources.formats import not_text
from waypost.sources.formats.json_items import marked

# Where a line without end is cut: far beyond any row.
LINE = 1_000_000
_BLOCK = 1 << 18
_FIRST_BYTES = 8


class Blocks:
    """A file as text. `is_guess`: neither the file nor anybody says that it is UTF-8, which it is
    read as. A byte that is not of its encoding becomes half a surrogate pair.

    Raises `Malformed` for a file that is no text.
    """

    def __init__(self, stream: io.RawIOBase | BinaryIO, encoding: str | None = None) -> None:
        self._plain = inflated(stream)
        head = self._plain.peek(not_text.HEAD)[: not_text.HEAD]
        if (why := not_text.refusal(head)) is not None:
            raise Malformed(why, code="not_text")
        mark = marked(head) or _unmarked_utf16(head)
        is_marked = mark is not None or head.startswith(codecs.BOM_UTF8)
        self.is_guess = not is_marked and encoding is None
        # A mark is the file's own word, and a UTF-16 of another order is noise.
        self.encoding = mark or (encoding if encoding and not is_marked else "utf-8-sig")
        self._errors = "strict" if mark else "surrogateescape"

    def __iter__(self) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(self.encoding)(self._errors)
        while data := self._plain.read1(_BLOCK):
            if text := decoder.decode(data):
                yield text
        if text := decoder.decode(b"", final=True):
            yield text


def inflated(stream: io.RawIOBase | BinaryIO) -> io.BufferedReader | gzip.GzipFile:
    """The stream without its gzip layer. Raises `Malformed` for gzip within gzip."""
    plain: io.BufferedReader | gzip.GzipFile = io.BufferedReader(stream, _BLOCK)  # type: ignore[arg-type]
    if plain.peek(2)[:2] == b"\x1f\x8b":
        plain = gzip.GzipFile(fileobj=plain)
    if plain.peek(2)[:2] == b"\x1f\x8b":
        raise Malformed("the file is gzipped twice; gzip it once", code="double_gzip")
    return plain


def lines(blocks: Iterator[str]) -> Iterator[list[str]]:
    """The lines of a text in lists, however they end; what is behind `LINE` characters is cut."""
    rest, is_cut = "", False
    for block in _whole_ends(blocks):
        text = block
        if is_cut:
            _, end, text = block.partition("\n")
            if not end:
                continue
            yield [rest]
            rest, is_cut = "", False
        some = (rest + text).split("\n")
        rest = some.pop()
        if some:
            yield some
        if len(rest) > LINE:
            rest, is_cut = rest[:LINE], True
    if rest:
        yield [rest]


def _whole_ends(blocks: Iterator[str]) -> Iterator[str]:
    """The text with `\\n` for each line end, none of which is torn."""
    held = ""
    for block in blocks:
        text = held + block
        held = "\r" if text[-1] == "\r" else ""
        if held:
            text = text[:-1]
        yield text if "\r" not in text else text.replace("\r\n", "\n").replace("\r", "\n")
    if held:
        yield "\n"


def _unmarked_utf16(head: bytes) -> str | None:
    """UTF-16 without a mark, as some systems write it: every other byte of a header is a NUL."""
    start = head[: _FIRST_BYTES * 2]
    if len(start) < _FIRST_BYTES or not start.isascii():
        return None
    if not any(start[1::2]) and all(start[::2]):
        return "utf-16-le"
    return "utf-16-be" if not any(start[::2]) and all(start[1::2]) else None
