"""
JSON text in blocks → its items, told apart by brackets alone, since an item may be anything inside.

Brackets within a string do not count. So all turns on where a string ends, and in a damaged item
that is a guess, made anew at every quote:

- A string begins and ends where JSON allows it: behind a bracket, a comma or a colon, and before
  a closing bracket, a comma or a colon. Raw line ends may stand in it.
- Any other quote is a stray character. So a string that was never closed, and seems to end at the
  first quote of the next item, costs its own item alone.
- A closing bracket closes whatever was left open within its own pair, or else nothing.
- An object within an object, behind a comma or at the start of a line, is the next item: it has no
  name, so the end of the object around it is missing.

Two things cannot be mended: an array within an item that never ends takes in the items behind it,
and two damaged items can complete one another's quotes. Valid JSON is never guessed at, and how
the text is cut into blocks changes nothing.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar

from waypost.errors import Malformed

ARRAY, OBJECT, ROW = b"]", b"}", b""

_SPACE = b" \t\r\n"
_BEFORE_STRING = _SPACE + b"{}[],:"
_BLANK = _SPACE + b"\v\f,"
# Every repetition is possessive, so hostile text costs no more than its length. A string counts
# as clean only with the character behind it in sight: cut off by a block, it is read again.
_CLEAN = (
    rb'(?<![^ \t\r\n{}\[\],:])"[^"\\\x00-\x1f]*+(?:\\[^\x00-\x1f][^"\\\x00-\x1f]*+)*+"'
    rb"(?=[ \t\r\n]*+[,:\]}])"
)
# Up to the next character that may matter: of a structure, or a quote of no clean string.
_INSIDE = re.compile(
    rb'[^"\\\[\]{}]*+(?:(?:%s|\\.)[^"\\\[\]{}]*+)*+(["\[\]{}])' % _CLEAN, re.DOTALL
)
_BETWEEN = re.compile(
    rb'[^"\\\[\]{},]*+(?:(?:%s|\\.)[^"\\\[\]{},]*+)*+(["\[\]{},])' % _CLEAN, re.DOTALL
)
_STRING = re.compile(rb'("[^"\\]*+(?:\\.[^"\\]*+)*+")[ \t\r\n]*+(.)', re.DOTALL)
_AFTER = re.compile(rb"[ \t\r\n]*+(.)", re.DOTALL)
_OPENER = {b"}": b"{", b"]": b"["}
# Raw text that ends so has run into the first key of the next item.
_NEXT_ITEM = re.compile(rb'\{[ \t\r\n]*+"\Z')
# How far a closing bracket looks for its pair: beyond the depth of any item that is taken.
_REACH = 64
# What may be read ahead of an item that is too long: two blocks of a file.
_SLACK = 2 << 20
_UNFINISHED = (
    "the JSON text ends in the middle of an item, or has a bracket too many, near byte {at}; "
    "send one object, an array of objects, or one object per line"
)


def balanced(text: bytes) -> bool:
    """Whether every object that begins in a text ends there too."""
    try:
        return all(pieces([text], ROW))
    except Malformed:
        return False


def outside_strings(text: bytes) -> Iterator[bytes]:
    """The brackets of a text that stand outside its strings."""
    at = 0
    while token := _INSIDE.match(text, at):
        at = token.end()
        if token[1] != b'"':
            yield token[1]


def pieces(blocks: Iterable[bytes], within: bytes, longest: int | None = None) -> Iterator[bytes]:
    """The items of an `ARRAY`, the members of an `OBJECT`, or the objects of a `ROW`.

    Raises `Malformed` as `split` does.
    """
    text = _Text(within, longest)
    for block in blocks:
        text.add(block)
        yield from text.pieces()
    text.ended = True
    yield from text.pieces()
    yield from text.rest()


def _ends_line(space: bytes) -> bool:
    return b"\n" in space or b"\r" in space


class _Text:
    """As much of a text as it takes to find the end of the item that it is in.

    `start` is where that item begins, `at` how far it has been read, `open` its open brackets.
    Each step past one character answers with the item that ends there, empty where none does, or
    with None where only the next block can tell.
    """

    def __init__(self, within: bytes, longest: int | None) -> None:
        self.ended = False
        self._within = within
        self._longest = longest
        self._text = b""
        self._dropped = 0
        self._start = self._at = len(within)
        self._open = bytearray()
        self._over = False

    def add(self, block: bytes) -> None:
        done = min(self._start, len(self._text))
        self._text = self._text[done:] + block
        self._dropped += done
        self._start -= done
        self._at -= done
        if self._longest is not None and len(self._text) > self._longest + _SLACK:
            raise Malformed(f"an item is longer than {self._longest} characters, or never ends")

    def pieces(self) -> Iterator[bytes]:
        """The items that end in the text so far."""
        while not self._over:
            token = (_INSIDE if self._open else _BETWEEN).match(self._text, self._at)
            piece = self._STEPS[token[1]](self, token.start(1)) if token else None
            if piece is None:
                return
            if piece:
                yield piece

    def rest(self) -> Iterator[bytes]:
        """What stands on a line of its own behind the last object.

        Raises `Malformed` where the text may not end as it does.
        """
        end = self._text[self._start :]
        gap = end[: len(end) - len(end.lstrip(_SPACE))]
        known = self._within == ROW and _ends_line(gap)
        if self._open or (self._within and not self._over) or (end.strip(_BLANK) and not known):
            raise Malformed(_UNFINISHED.format(at=self._dropped + self._start))
        if piece := self._cut(len(self._text), len(self._text)):
            yield piece

    def _comma(self, at: int) -> bytes:
        return self._skip(at) if self._within == ROW else self._cut(at, at + 1)

    def _quote(self, at: int) -> bytes | None:
        """Past a string with raw line ends, or past a single quote where none seems to end."""
        if at and self._text[at - 1] not in _BEFORE_STRING:
            return self._skip(at)
        string = _STRING.match(self._text, at)
        if string is None and not self.ended:
            return None
        if string is None or string[2] not in b",:]}" or _NEXT_ITEM.search(string[1]):
            return self._skip(at)
        # It goes on as JSON would, so the text is whole, and only holds what must be escaped.
        return self._skip(string.end(1) - 1)

    def _bracket(self, at: int) -> bytes:
        self._open += b"["
        self._at = at + 1
        return b""

    def _brace(self, at: int) -> bytes:
        piece = self._cut(at, at) if self._begins_item(self._text[self._at : at]) else b""
        self._open += b"{"
        self._at = at + 1
        return piece

    def _begins_item(self, before: bytes) -> bool:
        """Whether an object that follows `before` cannot belong to the item that is open."""
        said = before.rstrip(_SPACE)
        on_new_line = _ends_line(before[len(said) :])
        if said.endswith(b":"):
            return False
        if not self._open:
            return on_new_line and (self._start < self._at or said.strip(_BLANK) != b"")
        if self._open.endswith(b"{") and (on_new_line or said.endswith(b",")):
            # All objects up to the array that they stand in have lost their ends.
            while self._open.endswith(b"{"):
                self._open.pop()
            return not self._open
        return False

    def _closing(self, at: int) -> bytes | None:
        mark = self._text[at : at + 1]
        pair = self._open.rfind(_OPENER[mark], max(0, len(self._open) - _REACH))
        if pair < 0 and mark == self._within:
            return self._last(at)
        left = len(self._open) if pair < 0 else pair
        if left == 0 and self._within == ROW:
            return self._object_ends(at)
        del self._open[left:]
        self._at = at + 1
        return b""

    def _object_ends(self, at: int) -> bytes | None:
        """The object that ends here, with the brackets too many that follow it."""
        if (after := self._after(at)) is None:
            return None
        self._open.clear()
        return self._skip(at) if after in (b"]", b"}") else self._cut(at + 1, at + 1)

    def _last(self, at: int) -> bytes | None:
        """The last item, where its array ends here; a bracket that more follows is one too many."""
        if (after := self._after(at)) is None:
            return None
        if after == b"[" and self._within == ARRAY and not self._open:
            # Another array, as where compressed files were put behind one another.
            return self._cut(at, self._text.index(b"[", at) + 1)
        if after in (b",", b"}") or (self._open and after):
            return self._skip(at)
        self._open.clear()
        self._over = True  # whatever follows but space makes the text malformed
        return self._cut(at, at + 1)

    def _after(self, at: int) -> bytes | None:
        """What follows the bracket at a place; empty where the text ends."""
        if after := _AFTER.match(self._text, at + 1):
            return after[1]
        return b"" if self.ended else None

    def _skip(self, at: int) -> bytes:
        self._at = at + 1
        return b""

    def _cut(self, end: int, start: int) -> bytes:
        """What stands before `end`; the next item begins at `start`."""
        piece = self._text[self._start : end].strip(_BLANK)
        self._start = self._at = start
        return piece

    _STEPS: ClassVar[dict[bytes, Callable[["_Text", int], bytes | None]]] = {
        b'"': _quote,
        b",": _comma,
        b"[": _bracket,
        b"{": _brace,
        b"]": _closing,
        b"}": _closing,
    }
