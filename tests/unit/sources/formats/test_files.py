"""Files as streams: the same events as from a whole body, in blocks of any size."""

import gzip
import io
import json
import time
import tracemalloc
from dataclasses import dataclass, field
from functools import partial
from typing import Any, BinaryIO, cast
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import effort
from waypost.errors import Malformed
from waypost.event import Batch
from waypost.sources import csv_body, planhat
from waypost.sources.formats import files, json_items, text_blocks
from waypost.sources.formats.files import Counted
from waypost.sources.formats.reading import NO_READING, Reading
from waypost.sources.planhat_csv import Undecided

squeezed = partial(gzip.compress, mtime=0)

NOW = 1_795_176_000_000
ITEM = '{"id":"a","info":{"k":"}]{[,\\""}}'
PRETTY = json.dumps(json.loads(ITEM), indent=2)


class Dripping(io.RawIOBase):
    """A stream that gives at most a few bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data = io.BytesIO(data)
        self._size = size

    def read(self, size: int = -1) -> bytes:
        return self._data.read(min(size, self._size) if size >= 0 else self._size)


def dripping(data: bytes, size: int) -> BinaryIO:
    return cast(BinaryIO, Dripping(data, size))


@dataclass
class Read:
    """What a file gave, and why it ended early."""

    events: list[tuple[int, str]] = field(default_factory=list)
    rejects: list[tuple[int, str, int | None]] = field(default_factory=list)
    error: str | None = None

    def add(self, batch: Batch) -> None:
        self.events += [(event.n, event.external_id or "") for event in batch.events]
        self.rejects += [(r.index, r.code, r.line) for r in batch.rejects]


def load(data: bytes, size: int = 5000, drip: int = 1 << 20) -> Read:
    try:
        return batches(data, size, drip, NO_READING)
    except Undecided:
        survey = files.survey(Counted(dripping(data, drip)), Counted(dripping(data, drip)))
    assert survey.question is None
    return batches(data, size, drip, survey.reading)


def batches(data: bytes, size: int, drip: int, reading: Reading) -> Read:
    found = Read()
    try:
        for batch in files.batches(Counted(dripping(data, drip)), NOW, size, reading=reading):
            assert batch.received <= size
            found.add(batch)
    except Malformed as error:
        found.error = error.code
    return found


def whole(body: bytes) -> Read:
    """The same bytes through the doors' parsers."""
    found, text = Read(), json_items.to_utf8(body)
    is_json = text.lstrip()[:1] in (b"{", b"[")
    try:
        if is_json:
            found.add(planhat.parse(body, NOW))
        else:
            found.add(csv_body.read(body, NOW).batch)
    except Malformed as error:
        found.error = error.code
    return found


FILES = {
    "csv": b"id,action\na,x\nb,y\n",
    "csv with a mark, CRLF and blank lines": b"\xef\xbb\xbf\r\n\r\nid;action\r\na;x\r\n\r\nb;y\r\n",
    "csv with quotes": b'id,action\na,"two\nlines"\nb,"one, two"\n',
    "csv with bad rows": b'id,weight\na,1\nb\n"c,1\nd,x\n\xe9,1\n\xc3\xa9,1\ne,"1"2\nf,2',
    "csv with an empty first column": b"\tid\n\ta\n",
    "csv in UTF-16": "id,action\na,ü\n".encode("utf-16"),
    "array": f"[{ITEM},{ITEM}]".encode(),
    "array of pretty items": f"\n[{PRETTY},\n{PRETTY}\n]\n".encode(),
    "array with bad items": f'[{ITEM},5,null,"x",{{}},\n{{"id":"b" "c"}},\n{ITEM}]'.encode(),
    "array with an open quote": f'[{ITEM},\n{{"id":"x}},\n{ITEM}]'.encode(),
    "array in UTF-32": f"[{ITEM}]".encode("utf-32"),
    "lines": f"{ITEM}\n{ITEM}\n".encode(),
    "lines with blank and bad ones": f'{ITEM}\r\n\r\n{{"id":\r\n\xff\n{ITEM},\n{{}}'.encode(
        "latin-1"
    ),
    "lines of several": f"{ITEM}{ITEM}\n{ITEM} {ITEM}\n".encode(),
    "objects in a row": f"{ITEM} {ITEM}{ITEM}".encode(),
    "pretty objects in a row": f"{PRETTY}\n{PRETTY}\n".encode(),
    "one pretty object": PRETTY.encode(),
    "bytes that are not UTF-8": b'[{"id":"\xe9"},\n{"id":"b"}]',
    "no header": b"a,b\n1,2\n",
    "nothing": b"",
    "blank": b" \n\n",
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_gives_what_the_same_body_gives(name: str) -> None:
    streamed, body = load(FILES[name]), whole(FILES[name])

    assert (streamed.events, streamed.error) == (body.events, body.error)
    assert [reject[:2] for reject in streamed.rejects] == [reject[:2] for reject in body.rejects]
    if name.startswith("csv"):
        assert streamed.rejects == body.rejects


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("drip", [1, 2, 7])
def test_gzip_and_small_blocks_change_nothing(name: str, drip: int) -> None:
    expected = load(FILES[name])

    assert load(FILES[name], drip=drip) == expected
    assert load(squeezed(FILES[name]), drip=drip) == expected
    assert load(in_members(FILES[name]), drip=drip) == expected


def in_members(data: bytes) -> bytes:
    """Two gzip members, an empty one before and after them, and the zeros that tapes pad with."""
    half = len(data) // 2
    return b"".join(map(squeezed, (b"", data[:half], data[half:], b""))) + bytes(1000)


TEXT = st.text(st.sampled_from('[]{},:" \\\n\t12aü🙂'), max_size=40)
VALUE = st.recursive(TEXT | st.integers(), lambda inner: st.lists(inner, max_size=3), max_leaves=4)
OBJECT = st.dictionaries(TEXT, VALUE, max_size=3).map(lambda info: {"id": "a", "info": info})


@given(
    items=st.lists(OBJECT | VALUE, min_size=1, max_size=5),
    form=st.sampled_from(["array", "lines", "pretty"]),
    block=st.integers(1, 30),
)
@settings(max_examples=effort.times(30, 300, 10_000))
def test_block_boundaries_never_change_the_items_of_json(
    items: list[Any], form: str, block: int
) -> None:
    texts = [
        json.dumps(item, ensure_ascii=False, indent=form == "pretty" or None) for item in items
    ]
    text = "\n".join(texts) if form == "lines" else f"[{','.join(texts)}]"
    expected = whole(text.encode()) if text[0] in "[{" else load(text.encode())

    with mock.patch.object(text_blocks, "_BLOCK", block):
        found = load(text.encode(), size=2, drip=block)

    assert (found.events, found.error) == (expected.events, expected.error)


@given(text=TEXT.map(lambda text: f"[{text}"), block=st.integers(1, 9))
@settings(max_examples=effort.times(30, 300, 10_000))
def test_block_boundaries_never_change_what_is_read_of_broken_json(text: str, block: int) -> None:
    expected = load(text.encode())

    with mock.patch.object(text_blocks, "_BLOCK", block):
        assert load(text.encode(), drip=block) == expected


ROW = st.text(st.sampled_from('ab,"\n\r üé'), max_size=30)


@given(rows=ROW, block=st.integers(4, 9), squeeze=st.booleans())
@settings(max_examples=effort.times(30, 300, 10_000))
def test_block_boundaries_never_change_the_rows_of_csv(
    rows: str, block: int, squeeze: bool
) -> None:
    data = f"id,action\n{rows}".encode()
    expected = whole(data) if rows.strip("\r\n") else Read()

    with mock.patch.object(text_blocks, "_BLOCK", block):
        assert load(squeezed(data) if squeeze else data, size=2, drip=block) == expected


@pytest.mark.parametrize("size", [1, 3, 5000])
@pytest.mark.parametrize("cut", [-1, -8, -9, -200])
def test_gzip_cut_short_gives_every_row_before_the_cut_and_says_so(size: int, cut: int) -> None:
    rows = "".join(f"u-{time.time_ns() ** 3 + n:x},x\n" for n in range(2000))

    found = load(squeezed(f"id,action\n{rows}".encode())[:cut], size=size)

    assert found.error == "malformed_body"
    assert not found.rejects
    assert [n for n, _ in found.events] == list(range(len(found.events)))
    assert len(found.events) > 1900


A = (0, "a")
BROKEN: list[tuple[bytes, str, list[tuple[int, str]]]] = [
    (squeezed(b"id\na\n") + b"trailing", "malformed_body", [A]),
    (squeezed(b"id\na\n") + bytes(9) + b"trailing", "malformed_body", [A]),
    (squeezed(b"id\na\n") + squeezed(b"b\n" * 99)[:9], "malformed_body", [A]),
    (squeezed(squeezed(b"id\na\n")), "double_gzip", []),
    (b"\x1f\x8bnot gzip", "malformed_body", []),
    (b"\x1f\x8b", "malformed_body", []),
    (b"\xff\xfe" + "id\na\n".encode("utf-16-le") + b"x", "bad_encoding", [A]),
    (b"\xff\xfe" + "id\na\n".encode("utf-16-le") + b"\x00\xd8\n\x00", "bad_encoding", []),
    (b'[{"id":"a"},{"id":"b', "malformed_body", [A]),
    (b'[{"id":"a"},{"id":"b"}', "malformed_body", [A]),
    (b'[{"id":"a"}]]', "malformed_body", [A]),
    (b'{"id":"a"}{\n', "malformed_body", [A]),
]


@pytest.mark.parametrize(("data", "code", "before"), BROKEN)
def test_a_file_that_breaks_off_gives_what_came_before(
    data: bytes, code: str, before: list[tuple[int, str]]
) -> None:
    found = load(data)

    assert (found.error, found.events) == (code, before)


def test_several_gzip_members_are_one_file() -> None:
    data = squeezed(b"id\na\n") + squeezed(b"b\n") + squeezed(b"")

    assert load(data, drip=3).events == [(0, "a"), (1, "b")]


@pytest.mark.parametrize("length", [999_999, 1_000_000, 1_000_001, 2_000_000, 3_000_005])
def test_an_endless_line_is_one_bad_row_and_harms_no_neighbour(length: int) -> None:
    tail = ",u,u\n"
    long = "x" * (length - len(tail)) + tail

    table = load(f"id,action\na,x\n{long}b,y\n".encode())
    lines = load(f'{{"id":"a"}}\n{{"id":"{long.strip()}"}}\n{{"id":"b"}}\n'.encode())

    assert (table.events, lines.events) == ([(0, "a"), (2, "b")],) * 2
    assert table.rejects == [(1, "row_too_long", 3)]
    assert [(n, line) for n, _, line in lines.rejects] == [(1, 2)]


def test_an_item_that_never_ends_stops_the_file_in_bounded_memory() -> None:
    data = b'[{"id":"a"},{"id":"' + b"x" * 30_000_000
    stream = Counted(io.BytesIO(data))
    tracemalloc.start()

    with pytest.raises(Malformed, match="longer than 1000000 characters"):
        list(files.batches(stream, NOW, 5000))

    assert tracemalloc.get_traced_memory()[1] < 40 << 20
    assert stream.bytes_read < 6_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("start", [b'[{"a":"', b'{"a":"', b'{"a'])
def test_escapes_without_end_take_no_longer_than_their_length(start: bytes) -> None:
    began = time.process_time()

    load(start + b'\\"' * 500_000)

    assert time.process_time() - began < 2


def test_the_stream_knows_how_much_was_read() -> None:
    stream = Counted(dripping(b"id\n" + b"a\n" * 100, 3))

    list(files.batches(stream, NOW, 10))

    assert stream.bytes_read == 203
