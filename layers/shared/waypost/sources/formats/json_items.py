"""Raw bytes of a request or file → JSON items, whatever the content type claims."""

import itertools
import json
import re
from collections import Counter
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from msgspec import Raw

from waypost.errors import Malformed, TooLarge, Unsupported
from waypost.event import MAX_DEPTH, MAX_DIGITS, ItemError
from waypost.sources.formats import brackets, splitter, squeezed

MAX_BODY = 4_500_000
MAX_INFLATED = 10_000_000
MAX_ITEMS = 50_000

_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_STEP = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}
_ROW = msgspec.json.Decoder(Raw)
_NAME = re.compile(rb'"(\w+)"\s*:\s*')


def inflate(body: bytes, limit: int = MAX_INFLATED) -> bytes:
    """The body without its gzip or zlib layer, found by its first bytes since senders mislabel it.

    All members of a gzip count, as `gzip(1)` has it, and so may zeros after each: blocks are padded
    with them. Raises `TooLarge` past `limit` bytes in all, `Malformed` for a truncated member and
    for what follows the last one and is neither, `Unsupported` for gzip within gzip.
    """
    if not squeezed.is_squeezed(body):
        return body
    plain = b"".join(squeezed.members(body, limit))
    if squeezed.is_squeezed(plain):
        raise Unsupported("the body is gzipped twice; gzip it once", code="double_gzip")
    return plain


def to_utf8(body: bytes) -> bytes:
    """The body in UTF-8 without a byte-order mark; UTF-16 and UTF-32 are recognised by theirs."""
    if (codec := marked(body)) is None:
        return body.removeprefix(b"\xef\xbb\xbf")
    try:
        return body.decode(codec).encode()
    except UnicodeError:
        raise Malformed(f"the body is broken {codec}", code="bad_encoding") from None


def marked(start: bytes) -> str | None:
    """The encoding that a byte-order mark names, unless it is UTF-8 or there is none."""
    return next((codec for mark, codec in _MARKS if start.startswith(mark)), None)


def items(body: bytes) -> list[Raw] | list[bytes]:
    """The JSON items of a plain UTF-8 body: of an array, an object, NDJSON, or objects in a row.

    Each item is still text, to be judged by itself. Raises `Malformed` where no item can be told
    from the next, `TooLarge` above 50,000 items.
    """
    text = body.strip()
    pieces = _whole(text)
    if pieces is None:
        split = splitter.split([text], MAX_INFLATED + 1)
        pieces = [item for _, item in itertools.islice(split, MAX_ITEMS + 1)]
    if len(pieces) > MAX_ITEMS:
        raise TooLarge(f"more than {MAX_ITEMS} items in one body", code="too_many_items")
    return pieces


def _whole(text: bytes) -> list[Raw] | list[bytes] | None:
    """The items of a body that is valid JSON, as almost all are; None where it is not."""
    if text[:1] not in (b"[", b"{"):
        raise Malformed("the body is not JSON: it must start with { or [", code="not_json")
    try:
        if text[:1] == b"[":
            return msgspec.json.decode(text, type=list[Raw])
        return _objects(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _objects(text: bytes) -> list[bytes] | None:
    """One object, or several of which none is longer than its line."""
    objects = [bytes(raw) for raw in _ROW.decode_lines(text)]
    # The decoder does not mind line ends, but a file's lines are items: both must agree.
    plain = (raw[:1] == b"{" and b"\n" not in raw and b"\r" not in raw for raw in objects)
    return objects if len(objects) == 1 or all(plain) else None


def members(text: bytes) -> dict[str, bytes]:
    """The plainly named members of a JSON object, each value still text to be judged by itself.

    Nothing where the text is no object. Raises `Malformed` where its brackets do not match.
    """
    if text[:1] != b"{":
        return {}
    pieces = brackets.pieces([text], brackets.OBJECT)
    named = ((_NAME.match(piece), piece) for piece in pieces)
    return {name[1].decode(): piece[name.end() :] for name, piece in named if name}


def strict_object(raw: bytes | Raw) -> dict[str, Any]:
    """One item as a dict, with every rule that plain JSON parsers bend.

    Raises `ItemError` naming the rule: not an object, a key given twice, NaN, a lone surrogate,
    too deep, broken syntax.
    """
    text = bytes(raw)
    if _depth(text) > MAX_DEPTH + 1:
        raise ItemError("too_deep", f"the item nests deeper than {MAX_DEPTH} levels")
    try:
        value = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_not_a_number, parse_int=_integer
        )
    except UnicodeDecodeError:
        raise ItemError("bad_encoding", "the item is not UTF-8") from None
    except ItemError:
        raise
    except ValueError as error:
        raise ItemError("invalid_json", f"the item is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise ItemError("not_an_object", 'an item must be a JSON object, like {"email": …}')
    _check_characters(value)
    return value


def _depth(text: bytes) -> int:
    """How deep the brackets of a JSON text nest; 0 where there are too few to matter."""
    # Nothing can nest deeper than it has brackets, so most items are not looked at.
    if text.count(b"{") + text.count(b"[") <= MAX_DEPTH:
        return 0
    steps = (_STEP[bracket] for bracket in brackets.outside_strings(text))
    return max(itertools.accumulate(steps), default=0)


def _check_characters(value: dict[str, Any]) -> None:
    # One look at the whole item: an escaped NUL is one only where its backslash is not escaped.
    text = json.dumps(value, ensure_ascii=False)
    if "\0" in text.replace("\\\\", "").replace("\\u0000", "\0"):
        raise ItemError("nul_character", "a text holds the NUL character; remove it")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ItemError("lone_surrogate", "a text holds half a surrogate pair") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        ((most, _),) = Counter(name for name, _ in pairs).most_common(1)
        twice = readable(most[:40])
        raise ItemError("duplicate_key", f'the key "{twice}" is given twice', twice)
    return members


def _not_a_number(name: str) -> float:
    raise ItemError("number_not_finite", f"{name} is not a JSON number; leave the field out")


def _integer(digits: str) -> int:
    try:
        return int(digits)
    except ValueError:  # Python reads 4,300 digits at most
        raise ItemError("number_too_long", f"a number has over {MAX_DIGITS} digits") from None


def readable(text: str) -> str:
    """The text with whatever no UTF-8 can hold written out, like `\\udce9` for the byte E9."""
    return text.encode("utf-8", "backslashreplace").decode()


def form(body: bytes) -> dict[str, Any] | None:
    """A form body (`a=1&info[plan]=pro`) as one nested dict, or None where it is not a form."""
    try:
        pairs = parse_qsl(body.decode(), strict_parsing=True, max_num_fields=1000)
    except ValueError:
        return None
    fields: dict[str, Any] = {}
    for key, value in pairs:
        _place(fields, key, value)
    return fields


def _place(target: dict[str, Any], key: str, value: str) -> None:
    head, *path = re.findall(r"[^\[\]]+", key)[: MAX_DEPTH + 2] or [key]
    for name in path:
        inner = target.setdefault(head, {})
        if not isinstance(inner, dict):
            return
        target, head = inner, name
    target[head] = value
