"""Bodies that were good once: bytes changed, values swapped for hostile ones, gzipped or not."""

import gzip
import json
import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

squeezed = partial(gzip.compress, mtime=0)

SHARDS = [
    b"NaN", b"-Infinity", b"1e999", b"9" * 50, b"9" * 5000, b"-0", b"true", b"null", b"{}", b"[]",
    b'"', b'""', b"\\", b'\\"', b"\\u0000", b"\\ud800", b"\\u003a", b"\0", b"\xff", b"\xef\xbb\xbf",
    b"\xff\xfe", b"\xed\xa0\x80", b"\xe2\x80\xa8", b"\n", b"\r", b"\r\n", b"\t", b" ", b",", b";",
    b":", b"{", b"}", b"[", b"]", b"[" * 40, b'{"a":' * 40, b"[" * 2000, b'"id":', b'"id":"x",',
    b'"email":"', b"__proto__", b"=", b"&", b"%00", b"@", b"'", b"\x1f\x8b", b"x" * 600, b"\x85",
    b",,,,,,,,", b'"a""', b'x",a"b,"', b"\n" * 120, b"date", b"1795176000000", b"-1", b"0.1",
    b"1785000000", b"1785000000.5", b"sep=;\n", b"05.10.2016", b"\xe9", b"'=1+1",
]  # fmt: skip
VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 7.5, -0.0, 1e308, 10**19, 10**40, 2**63, 1_785_000_000,
    1_785_000_000.5, 1_785_000_000_000_000, 20_261_120, "", " ", "x", "x" * 300, "x" * 3000, "0",
    "null", "\0", "\ud800", "💥", "ﬀ", "é" * 40, "a@b", "@", "NaN", "1e999", "1785000000", "soon",
    "0001-01-01T00:00:00Z", "2036-01-01T00:00:00Z", "+275760-09-13T00:00:00Z", "{{id}}", "a.b",
    [], {}, [None], [{}], [[]], ["x", 1], {"": {}}, {"a.b": 1, "a_b": 2}, {"id": []},
    {"email": {"x": 1}}, {"name": [1]}, {"headers": [1]}, {"batch": []}, {"x": "x" * 40_000},
]  # fmt: skip

Change = Callable[[random.Random, bytes], bytes]


def _insert(chance: random.Random, body: bytes) -> bytes:
    at = chance.randrange(len(body) + 1)
    return body[:at] + chance.choice(SHARDS) + body[at:]


def _replace(chance: random.Random, body: bytes) -> bytes:
    at = chance.randrange(len(body) + 1)
    return body[:at] + chance.choice(SHARDS) + body[at + chance.randrange(1, 9) :]


def _delete(chance: random.Random, body: bytes) -> bytes:
    at = chance.randrange(len(body) + 1)
    return body[:at] + body[at + chance.randrange(1, 30) :]


def _repeat(chance: random.Random, body: bytes) -> bytes:
    start = chance.randrange(len(body) + 1)
    piece = body[start : start + chance.randrange(1, 60)]
    return body[:start] + piece * chance.choice([2, 2, 3, 50]) + body[start:]


def _flip(chance: random.Random, body: bytes) -> bytes:
    at = chance.randrange(len(body) or 1)
    return body[:at] + bytes([chance.randrange(256)]) + body[at + 1 :]


def _cut(chance: random.Random, body: bytes) -> bytes:
    return body[: chance.randrange(len(body) + 1)]


def _swap(chance: random.Random, body: bytes) -> bytes:
    """Another value, no value, or another's name in some place of a body that is still JSON."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return body
    holder, key = chance.choice(list(_places(value)) or [([value], 0)])
    if isinstance(holder, dict) and chance.random() < 0.3:
        moved = holder.pop(key)
        if chance.random() < 0.5 and holder:
            holder[chance.choice(list(holder))] = moved
    else:
        holder[key] = chance.choice(VALUES)
    return json.dumps(value).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every member of a value at any depth: what holds it, and under which key."""
    if isinstance(value, dict | list):
        for key in range(len(value)) if isinstance(value, list) else list(value):
            yield value, key
            yield from _places(value[key])


_BYTES: list[Change] = [_insert, _insert, _replace, _replace, _delete, _repeat, _flip, _cut]


def damaged(chance: random.Random, seeds: list[bytes], strangers: list[bytes]) -> bytes:
    """A seed with some damage, in its bytes or in its values; or spliced with a stranger."""
    body = chance.choice(seeds)
    changes: list[Change] = [_swap] if chance.random() < 0.5 else _BYTES
    for _ in range(chance.choice([1, 1, 2, 3, 6])):
        body = chance.choice(changes)(chance, body)
    if chance.random() < 0.1:
        body = _cut(chance, body) + chance.choice(strangers)[chance.randrange(40) :]
    if chance.random() < 0.05:
        body = chance.randbytes(chance.randrange(1, 200))
    if chance.random() < 0.2:
        body = squeezed(body)
        if chance.random() < 0.3:
            body = chance.choice([_cut, _flip, _again])(chance, body)
    return body


def _again(_: random.Random, body: bytes) -> bytes:
    return squeezed(body)
