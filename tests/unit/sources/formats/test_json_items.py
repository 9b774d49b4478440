"""Bodies: bytes that claim anything → JSON items, each judged by itself."""

import contextlib
import gzip
import json
import time
import tracemalloc
import zlib
from functools import partial
from typing import Any

import pytest

from tests import effort
from waypost.errors import Malformed, TooLarge, Unsupported, WaypostError
from waypost.event import ItemError
from waypost.sources import planhat
from waypost.sources.formats import json_items

squeezed = partial(gzip.compress, mtime=0)

NOW = 1_795_176_000_000
TWO = '{"id":"a","info":{"k":"}]{[,"}}', '{"id":"b","action":"say \\"hi\\", \\\\"}'
PRETTY = json.dumps(json.loads(TWO[0]), indent=2), json.dumps(json.loads(TWO[1]), indent="\t")


def ids(body: bytes) -> list[str | None]:
    return [event.external_id for event in planhat.parse(body, NOW).events]


def refused(body: bytes) -> WaypostError:
    with pytest.raises(WaypostError) as error:
        planhat.parse(json_items.inflate(body), NOW)
    return error.value


def item_error(text: str | bytes) -> str:
    with pytest.raises(ItemError) as error:
        json_items.strict_object(text.encode() if isinstance(text, str) else text)
    return error.value.code


@pytest.mark.parametrize(
    "body",
    [
        f"[{TWO[0]},{TWO[1]}]",
        f"\r\n [ {TWO[0]} ,\n\t{TWO[1]} ] \n",
        f"{TWO[0]}\n{TWO[1]}",
        f"{TWO[0]}\r\n\r\n{TWO[1]}\r\n",
        f"{TWO[0]},\n{TWO[1]},\n",
        f"{TWO[0]}{TWO[1]}",
        f"{TWO[0]} {TWO[1]}",
        f"{PRETTY[0]}\n{PRETTY[1]}\n",
        f"[{PRETTY[0]},\n{PRETTY[1]}]",
        f"[{TWO[0]},{TWO[1]},]",
        f"{PRETTY[0]},\n{PRETTY[1]},\n",
    ],
)
def test_two_objects_are_two_items_however_they_are_strung_together(body: str) -> None:
    assert ids(body.encode()) == ["a", "b"]
    assert ids(b"\xef\xbb\xbf" + body.encode()) == ["a", "b"]


@pytest.mark.parametrize("body", [TWO[0], f"[{TWO[0]}]", PRETTY[0], f" {TWO[0]} "])
def test_one_object_is_one_item(body: str) -> None:
    assert ids(body.encode()) == ["a"]


@pytest.mark.parametrize("codec", ["utf-16", "utf-32", "utf-8-sig"])
def test_an_encoding_that_a_byte_order_mark_names_is_read(codec: str) -> None:
    batch = planhat.parse('{"id":"a","name":"Zoë 🙂"}'.encode(codec), NOW)

    assert batch.events[0].name == "Zoë 🙂"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"null", "not_json"),
        (b"5", "not_json"),
        (b'"x"', "not_json"),
        (b"email,action", "not_json"),
        ('{"id":"a"}'.encode("utf-16-le"), "malformed_body"),
        ('{"id":"a"}'.encode("utf-16-be"), "not_json"),
        (b"\xff\xfe" + '{"id":"a"}'.encode("utf-16-le") + b"x", "bad_encoding"),
        (b"\xff\xfe\x00\xd8", "bad_encoding"),
        (b'{"id":"a"', "malformed_body"),
        (b'[{"id":"a"},{"id":"b"}', "malformed_body"),
        (b'[{"id":"a"}]]', "malformed_body"),
        (b'{"id":"a"}}{"id":"b"', "malformed_body"),
        (b'[{"id":"a"}] x', "malformed_body"),
        (b'{"id":"a","url":"https://acme.com/?a=b&c=d"', "malformed_body"),
        (b"{", "malformed_body"),
        (b"[", "malformed_body"),
        (b"]", "not_json"),
    ],
)
def test_a_body_that_nobody_can_tell_apart_is_refused_with_a_reason(body: bytes, code: str) -> None:
    error = refused(body)

    assert (error.status, error.code) == (400, code)
    assert len(error.message) > 20


def test_a_sample_with_a_missing_comma_and_a_doubled_quote_gets_a_readable_refusal() -> None:
    sample = (
        '[{"name": "Ann Archer" "email": "ann@acme.com", "cId": "abc", ""action": "Logged in"}]'
    )

    batch = planhat.parse(sample.encode(), NOW)

    assert [reject.code for reject in batch.rejects] == ["invalid_json"]
    assert batch.rejects[0].message.startswith("the item is not JSON: Expecting ',' delimiter")


@pytest.mark.parametrize(
    "broken",
    [
        '{"id":"x" "y":1}',
        '{"id":"x}',
        '{""id":"x"}',
        '{"id":"x\\"}',
        "{id:'x'}",
        '{\\"id\\":\\"x\\"}',
        '{"id":"' + "\\ud800" + '"}',
        "nonsense",
    ],
)
@pytest.mark.parametrize("between", [",\n", "\n"])
def test_a_broken_item_on_its_own_line_harms_no_neighbour(between: str, broken: str) -> None:
    lines = between.join(['{"id":"a"}', broken, '{"id":"b"}'])
    body = f"[{lines}]" if "," in between else lines

    batch = planhat.parse(body.encode(), NOW)

    assert [event.external_id for event in batch.events] == ["a", "b"]
    assert [reject.index for reject in batch.rejects] == [1]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"a=1&b=x+y", {"a": "1", "b": "x y"}),
        (b"info[plan]=pro&info%5Bsize%5D=3", {"info": {"plan": "pro", "size": "3"}}),
        (b"a[b][c]=1&a[b][d]=2", {"a": {"b": {"c": "1", "d": "2"}}}),
        (b"[]=1", {"[]": "1"}),
        (b"a=%C3%BC", {"a": "ü"}),
        (b"nonsense", None),
        (b"", None),
        (b"a=1&b", None),
        (b"\xff=1", None),
        (b"&".join(b"k%d=1" % n for n in range(1001)), None),
    ],
)
def test_a_form_is_one_object_with_nesting(body: bytes, fields: dict[str, Any] | None) -> None:
    assert (json_items.form(body) or None) == fields


def test_an_activity_may_come_as_a_form() -> None:
    (event,) = planhat.parse(
        b"email=ann%40acme.com&action=Logged+in&weight=2&info[plan]=pro", NOW
    ).events

    assert (event.email, event.action, event.weight) == ("ann@acme.com", "Logged in", 2.0)
    assert event.properties == {"plan": "pro"}


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ("5", "not_an_object"),
        ("null", "not_an_object"),
        ("[{}]", "not_an_object"),
        ('{"a":NaN}', "number_not_finite"),
        ('{"a":-Infinity}', "number_not_finite"),
        ('{"a":' + "1" * 4301 + "}", "number_too_long"),
        ('{"a":1,"a":2}', "duplicate_key"),
        ('{"\\ud800":1,"\\ud800":2}', "duplicate_key"),
        ('{"a":{"b":1,"b":2}}', "duplicate_key"),
        ('{"a":"\\ud800"}', "lone_surrogate"),
        ('{"\\udfff":1}', "lone_surrogate"),
        ('{"a":"\\u0000"}', "nul_character"),
        ('{"a":"\\\\\\u0000"}', "nul_character"),
        ('{"a":"\0"}', "invalid_json"),
        ('{"a":tru}', "invalid_json"),
        (b'{"a":"\xe9"}', "bad_encoding"),
        (b'{"a":"\xed\xa0\x80"}', "lone_surrogate"),
        ('{"a":' * 32 + "1" + "}" * 32, "too_deep"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "too_deep"),
        ('{"a":' + "[" * 990 + "]" * 990 + "}", "too_deep"),
        ('{"a":' + "[" * 100_000, "too_deep"),
    ],
)
def test_an_item_that_bends_json_is_refused_by_the_rule_it_bends(item: Any, code: str) -> None:
    assert item_error(item) == code


def test_what_only_looks_like_a_bent_rule_is_taken() -> None:
    text = '{"a":"\\\\u0000 \\\\ud800","b":"NaN","c":[' + "[]," * 40 + '1],"d":"' + "[" * 40 + '"}'

    assert json_items.strict_object(text.encode()) == json.loads(text)


@pytest.mark.parametrize("level", [1, 9])
def test_gzip_is_undone_whatever_the_label(level: int) -> None:
    assert json_items.inflate(squeezed(b'{"id":"a"}', level)) == b'{"id":"a"}'
    assert json_items.inflate(b'{"id":"a"}') == b'{"id":"a"}'


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (squeezed(b'{"id":"a"}' * 99)[:-9], Malformed, "bad_gzip"),
        (squeezed(b'{"id":"a"}')[:12], Malformed, "bad_gzip"),
        (b"\x1f\x8b", Malformed, "bad_gzip"),
        (b"\x1f\x8bnot gzip at all", Malformed, "bad_gzip"),
        (squeezed(b"{}") + b"x", Malformed, "bad_gzip"),
        (squeezed(b"{}") + b"\0" * 512 + b"x", Malformed, "bad_gzip"),
        (squeezed(b"{}") + b'{"id":"a"}', Malformed, "bad_gzip"),
        (squeezed(b"{}") + squeezed(b"{}")[:-1], Malformed, "bad_gzip"),
        (squeezed(b"{}") + zlib.compress(b"{}"), Malformed, "bad_gzip"),
        (zlib.compress(b"{}")[:-1], Malformed, "bad_gzip"),
        (squeezed(b"") + squeezed(squeezed(b"{}")), Unsupported, "double_gzip"),
        (squeezed(zlib.compress(b"{}")), Unsupported, "double_gzip"),
        (squeezed(b" " * 5_000_000) * 2 + squeezed(b" "), TooLarge, "body_too_large"),
        (squeezed(squeezed(b"{}")), Unsupported, "double_gzip"),
        (squeezed(b" " * 10_000_001), TooLarge, "body_too_large"),
    ],
)
def test_damaged_gzip_is_refused(body: bytes, kind: type[WaypostError], code: str) -> None:
    error = refused(body)

    assert (type(error), error.code) == (kind, code)


MEMBERS = [squeezed(text.encode()) for text in TWO]
SEVERAL = {
    "two": b"".join(MEMBERS),
    "an empty one first": squeezed(b"") + b"".join(MEMBERS),
    "empty ones among them": squeezed(b"").join(MEMBERS) + squeezed(b""),
    "zeros at the end": b"".join(MEMBERS) + bytes(5_000),
    "zeros between": bytes(512).join(MEMBERS),
    "an item over two": squeezed(TWO[0][:9].encode()) + squeezed("".join(TWO)[9:].encode()),
    "a member a byte": b"".join(squeezed(bytes([byte])) for byte in "".join(TWO).encode()),
    "zlib": zlib.compress("".join(TWO).encode()),
    "zlib at another level, padded": zlib.compress("".join(TWO).encode(), 2) + bytes(3),
}


@pytest.mark.parametrize("body", SEVERAL.values(), ids=SEVERAL)
def test_every_member_of_a_gzip_counts(body: bytes) -> None:
    assert ids(json_items.inflate(body)) == ["a", "b"]


def test_text_that_begins_like_zlib_stays_text() -> None:
    assert json_items.inflate(b"x^email^date\n") == b"x^email^date\n"


def test_gzip_of_exactly_ten_million_bytes_is_taken() -> None:
    assert len(json_items.inflate(squeezed(b" " * 10_000_000))) == 10_000_000


def test_thousands_of_tiny_members_take_little_time() -> None:
    body = squeezed(b"") * 100_000
    began = time.process_time()

    assert json_items.inflate(body) == b""
    assert time.process_time() - began < 2


MEGABYTES = effort.times(128, 256, 1024)


def test_a_gzip_bomb_is_refused_in_little_time_and_memory() -> None:
    squeeze = zlib.compressobj(9, wbits=31)
    bomb = b"".join(squeeze.compress(bytes(1 << 20)) for _ in range(MEGABYTES)) + squeeze.flush()
    tracemalloc.start()
    began = time.process_time()

    error = refused(bomb)

    assert (type(error), error.extra) == (TooLarge, {"limit": 10_000_000})
    assert time.process_time() - began < 1
    assert tracemalloc.get_traced_memory()[1] < 64 << 20
    tracemalloc.stop()


@pytest.mark.parametrize(
    "body",
    [
        b'[{"a":"' + b'\\"' * 200_000,
        b'[{"a' + b'"' * 200_000,
        b'{"a":' * 50_000,
        b"[" + b"," * 200_000,
        b'[{"a":' + b"\\" * 200_000,
        b"{" + b",".join(b'"%d":1' % n for n in range(30_000)) + b',"1":2}',
        b'[{"a":"\n' * 30_000,
    ],
)
def test_time_grows_with_the_length_of_hostile_text_and_no_faster(body: bytes) -> None:
    began = time.process_time()

    with contextlib.suppress(Malformed):
        planhat.parse(body, NOW)

    assert time.process_time() - began < 1
