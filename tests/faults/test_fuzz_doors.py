"""Thousands of damaged bodies at each door: no fault, no wait, a verdict on every item."""

import gzip
import json
import random
import zlib
from collections.abc import Callable
from functools import partial

import pytest

from tests import effort
from tests.faults.doorbell import BULK, CSV, ONE, Answer, Doorbell
from waypost.event import Batch
from waypost.sources import planhat, planhat_csv

squeezed = partial(gzip.compress, mtime=0)

BODIES = effort.times(5_000, 5_000, 50_000)
JSON = [
    b'{"email":"ann@acme.com","action":"Logged in","info":{"index":20,"theme":"Blue"},'
    b'"date":"2016-10-13T08:00:00.000Z"}',
    b'[{"name":"Ann","email":"a@acme.com","cId":"abc","weight":1,"count":1},'
    b'{"externalId":"u1","action":"x","count":2},{"id":"u2","extra":[1,{"a":null}]}]',
    b'{"id":"u1"}\n{"id":"u2","action":"say \\"hi\\""}\r\n{"id":"u3","name":"Zo\xc3\xab"}\n',
    b'[\n  {\n    "id": "u1",\n    "info": {}\n  },\n  {\n    "id": "u2"\n  }\n]\n',
    b"email=ann%40acme.com&action=Logged+in&info%5Bplan%5D=pro",
]
TABLES = [
    b"cId, id, name, email, weight, action, date, count\n"
    b",,Felipe Walker,felipe@acme.com,1,logged in,2017-02-21T03:24:00Z,3\n"
    b"acme,u-1,Ann,ann@acme.com,2,seen,,1\n",
    b'id;action;plan\r\nu-1;"two\r\nlines";pro\r\nu-2;"say ""hi""";\r\n\r\nu-3;x;y',
    b'\xef\xbb\xbfid\tinfo\nu-1\t{"a":1}\nu-2\t\n',
]
SHARDS = [
    b"NaN", b"-Infinity", b"1e999", b"9" * 50, b"9" * 5000, b"-0", b"true", b"null", b"{}", b"[]",
    b'"', b'""', b"\\", b'\\"', b"\\u0000", b"\\ud800", b"\\u003a", b"\0", b"\xff", b"\xef\xbb\xbf",
    b"\xff\xfe", b"\xed\xa0\x80", b"\xe2\x80\xa8", b"\n", b"\r", b"\r\n", b"\t", b" ", b",", b";",
    b":", b"{", b"}", b"[", b"]", b"[" * 40, b'{"a":' * 40, b"[" * 2000, b'"id":', b'"id":"x",',
    b'"email":"', b"__proto__", b"=", b"&", b"%00", b"@", b"'", b"\x1f\x8b", b"x" * 600, b"\x85",
    b",,,,,,,,", b'"a""', b'x",a"b,"', b"\n" * 120, b"date", b"1795176000000", b"-1", b"0.1",
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


def _splice(chance: random.Random, body: bytes) -> bytes:
    return _cut(chance, body) + chance.choice(JSON + TABLES)[chance.randrange(40) :]


CHANGES: list[Change] = [
    _insert,
    _insert,
    _replace,
    _replace,
    _delete,
    _repeat,
    _flip,
    _cut,
    _splice,
]


def damaged(chance: random.Random, seeds: list[bytes]) -> bytes:
    """A body that was good once, or never; now and then gzipped, now and then badly."""
    body = chance.choice(seeds)
    for _ in range(chance.choice([1, 1, 2, 3, 6])):
        body = chance.choice(CHANGES)(chance, body)
    if chance.random() < 0.1:
        body = chance.randbytes(chance.randrange(1, 200))
    if chance.random() < 0.2:
        body = squeezed(body)
        if chance.random() < 0.3:
            body = chance.choice([_cut, _flip, gzip_again])(chance, body)
    return body


def gzip_again(_: random.Random, body: bytes) -> bytes:
    return squeezed(body)


def items(path: str, body: bytes) -> int | None:
    """How many items a body holds, told without Waypost; None where that is not plain."""
    if body[:2] == b"\x1f\x8b":
        body = zlib.decompress(body, wbits=31)
    if path == CSV:
        lines = [line for line in body.removeprefix(b"\xef\xbb\xbf").splitlines() if line.strip()]
        blank = any(line.strip() != line for line in body.splitlines() if not line.strip())
        return None if b'"' in body or blank or not lines else len(lines) - 1
    try:
        value = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return len(value) if isinstance(value, list) else 1


def check(bell: Doorbell, path: str, body: bytes) -> Answer:
    """Rings once; whatever is wrong with the answer is an `AssertionError`."""
    answer = bell.post(body, path)
    bell.sound(answer)
    assert answer.seconds < 1
    if "processed" in answer.body and (expected := items(path, body)) is not None:
        assert answer.body["processed"] + answer.rejected == expected
    return answer


def fuzz(path: str, seeds: list[bytes], count: int) -> dict[int, int]:
    """How many answers of each status `count` damaged bodies get; stops at the first bad one."""
    statuses: dict[int, int] = {}
    bell = Doorbell()
    for n in range(count):
        body = damaged(random.Random(f"{path} {n}"), seeds)
        try:
            status = check(bell, path, body).status
        except Exception as error:
            raise AssertionError(f"body {n} of {path}: {body[:2000]!r}") from error
        statuses[status] = statuses.get(status, 0) + 1
    return statuses


@pytest.mark.parametrize(("path", "seeds"), [(ONE, JSON), (BULK, JSON), (CSV, TABLES)])
def test_no_damaged_body_brings_a_door_down(path: str, seeds: list[bytes]) -> None:
    statuses = fuzz(path, seeds, BODIES)

    assert sum(statuses.values()) == BODIES
    assert statuses.keys() <= {200, 400, 415}
    assert min(statuses[200], statuses[400]) > BODIES / 10


def test_bodies_for_another_door_bring_none_down() -> None:
    fuzz(BULK, TABLES, BODIES // 5)
    fuzz(CSV, JSON, BODIES // 5)


def _raises_on_a_byte(body: bytes, received: int) -> Batch:
    if b"\xe2" in body:
        raise ValueError("planted")
    return _PARSE(body, received)


def _forgets_rejects(body: bytes, received: int) -> Batch:
    return Batch(_PARSE(body, received).events)


def _counts_twice(body: bytes, received: int) -> Batch:
    batch = _PARSE(body, received)
    return Batch(batch.events, batch.rejects * 2)


_PARSE = planhat.parse


@pytest.mark.parametrize("planted", [_raises_on_a_byte, _forgets_rejects, _counts_twice])
def test_a_planted_bug_is_found(monkeypatch: pytest.MonkeyPatch, planted: object) -> None:
    monkeypatch.setattr(planhat, "parse", planted)

    with pytest.raises(AssertionError, match=r"body .* of /analytics/bulk"):
        fuzz(BULK, JSON, BODIES)


def test_a_planted_bug_in_rows_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planhat_csv, "_check_characters", lambda _: None)

    with pytest.raises(AssertionError, match=r"body .* of /analytics/stream/csv"):
        fuzz(CSV, TABLES, BODIES)
