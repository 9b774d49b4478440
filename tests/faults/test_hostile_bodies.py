"""Hostile bodies at the doors: never a fault, always a reason, and no harm to the neighbours."""

import gzip
import tracemalloc
import zlib
from functools import partial

import pytest

from tests import effort
from tests.faults.doorbell import (
    BATCHES,
    BULK,
    CSV,
    ONE,
    TENANT,
    UPLOADS,
    Answer,
    Doorbell,
    gateway_event,
)
from waypost.ingest.batches import progress
from waypost.sources.formats.json_items import MAX_BODY, MAX_ITEMS

squeezed = partial(gzip.compress, mtime=0)

GOOD = b'{"id":"u-1"}', b'{"id":"u-2"}'
BAD = [
    (b'{"id":"x","info":{"a":NaN}}', "number_not_finite", None),
    (b'{"id":"x","weight":NaN}', "number_not_finite", None),
    (b'{"id":"x","count":-Infinity}', "number_not_finite", None),
    (b'{"id":"x","info":{"a":1e999}}', "number_not_finite", "info"),
    (b'{"id":"x","weight":1e999}', "number_not_finite", "weight"),
    (b'{"id":"x","weight":"1e999"}', "number_not_finite", "weight"),
    (b'{"id":"x","date":1e999}', "invalid_date", "date"),
    (b'{"id":"x","info":%s1%s}' % (b'{"a":' * 31, b"}" * 31), "too_deep", "info"),
    (b'{"id":"x","more":%s%s}' % (b"[" * 31, b"]" * 31), "too_deep", None),
    (b'{"id":"x","more":%s%s}' % (b"[" * 988, b"]" * 988), "too_deep", None),
    (b'{"id":"x","info":%s1%s}' % (b'{"a":' * 1000, b"}" * 1000), "too_deep", None),
    (b'{"id":"x","info":%s1%s}' % (b'{"a":' * 100_000, b"}" * 100_000), "too_deep", None),
    (b'{"id":"x","info":{"a":%s}}' % (b"1" * 39), "number_too_long", "info"),
    (b'{"id":"x","info":{"a":-%s}}' % (b"1" * 4300), "number_too_long", "info"),
    (b'{"id":"x","info":{"a":%s}}' % (b"1" * 5000), "number_too_long", None),
    (b'{"id":%s}' % (b"1" * 257), "too_long", "externalId"),
    (b'{"id":"x","weight":%s}' % (b"1" * 39), "out_of_range", "weight"),
    (b'{"id":"x","action":"\\ud83d"}', "lone_surrogate", None),
    (b'{"id":"x","info":{"\\udc00":1}}', "lone_surrogate", None),
    (b'{"id":"x","action":"\\u0000"}', "nul_character", None),
    (b'{"id":"x","action":"\0"}', "invalid_json", None),
    (b'{"id":"x","id":"y"}', "duplicate_key", "id"),
    (b'{"id" : "x", "\\ud800":1, "\\ud800":2}', "duplicate_key", "\\ud800"),
    (b'{"id":"x","action":"caf\xe9"}', "bad_encoding", None),
    (b'{"id":"x","info":{"a":"%s"}}' % (b"x" * 33_000), "event_too_large", None),
    (b'{"id":"x","info":{"a":"%s"}}' % (b"x" * 400_000), "event_too_large", None),
    (b'{"id":"x","action":"%s"}' % (b"x" * 400_000), "too_long", "action"),
    (b'{"%s":1,"id":"x"}' % (b"x" * 400_000), "event_too_large", None),
    (b"null", "not_an_object", None),
    (b"5", "not_an_object", None),
    (b'"x"', "not_an_object", None),
    (b"[]", "not_an_object", None),
    (b"{}", "identity_missing", "email"),
    (b'{"id":""}', "identity_missing", "email"),
    (b'{"id":"x" "action":"y"}', "invalid_json", None),
    (b'{"id":"x}', "invalid_json", None),
    (b"{id:1}", "invalid_json", None),
    (b'{"id":"x","action":"a\nb"}', "invalid_json", None),
    (b'{"id":"x","action":"a\rb"}', "invalid_json", None),
    (b'{"id":"x","a\nb":1}', "invalid_json", None),
    (b'{"id":"x\\"}', "invalid_json", None),
    (b'{"id":"x","action":"say "hi" now"}', "invalid_json", None),
    (b'{"id":"x"}}', "invalid_json", None),
    (b'{"id":"x"]}', "invalid_json", None),
    (b'{"id":"x","info":[1,2}', "invalid_json", None),
    (b'{"id":"x","info":{"a":1}', "invalid_json", None),
    (b'{{"id":"x"}', "invalid_json", None),
    (b'"{"id":"x"}', "invalid_json", None),
]
ROWS = [
    (b"x,1e999,a", "number_not_finite", "weight"),
    (b"x,%s,a" % (b"9" * 5000), "number_not_finite", "weight"),
    (b"x,1,nul\0", "nul_character", None),
    (b'x,1,"never closed', "unclosed_quote", None),
    (b'x,1,"a"b', "stray_quote", None),
    (b"x,1,a,b", "row_length", None),
    (b"x,1,%s" % (b"y" * 400_000), "row_too_long", None),
    (b"x,1,%s" % (b"y" * 40_000), "too_long", "action"),
    (b",1,a", "identity_missing", "email"),
]


@pytest.fixture
def bell() -> Doorbell:
    return Doorbell()


def refused(bell: Doorbell, answer: Answer, status: int, code: str) -> None:
    bell.sound(answer)
    assert (answer.status, answer.body["code"]) == (status, code)


@pytest.mark.parametrize("path", [ONE, BULK])
@pytest.mark.parametrize("squeeze", [bytes, squeezed])
@pytest.mark.parametrize(("item", "code", "field"), BAD)
def test_a_bad_item_is_named_and_its_neighbours_are_taken(
    bell: Doorbell, path: str, squeeze: type[bytes], item: bytes, code: str, field: str | None
) -> None:
    answer = bell.post(squeeze(b"[%s,\n%s,\n%s]" % (GOOD[0], item, GOOD[1])), path)

    bell.sound(answer)
    (error,) = answer.body["errors"]
    assert (answer.status, answer.body["processed"]) == (200, 2)
    assert (error["index"], error["code"], error["field"]) == (1, code, field)
    assert [event.external_id for event in bell.stores.events] == ["u-1", "u-2"]
    assert answer.seconds < 1


@pytest.mark.parametrize(("item", "code"), [(bad[0], bad[1]) for bad in BAD])
def test_a_bad_item_alone_is_a_400_of_the_same_shape(
    bell: Doorbell, item: bytes, code: str
) -> None:
    answer = bell.post(b"[%s\n]" % item)

    bell.sound(answer)
    assert (answer.status, answer.body["processed"], answer.indexes) == (400, 0, [0])
    assert answer.body["code"] == answer.body["errors"][0]["code"] == code


@pytest.mark.parametrize(("row", "code", "field"), ROWS)
@pytest.mark.parametrize("squeeze", [bytes, squeezed])
def test_a_bad_row_is_named_with_its_line_and_its_neighbours_are_taken(
    bell: Doorbell, squeeze: type[bytes], row: bytes, code: str, field: str | None
) -> None:
    answer = bell.post(squeeze(b"id,weight,action\nu-1,1,a\n%s\nu-2,1,b\n" % row), CSV)

    bell.sound(answer)
    (error,) = answer.body["errors"]
    assert (answer.status, answer.body["processed"]) == (200, 2)
    assert (error["index"], error["line"], error["code"], error["field"]) == (1, 3, code, field)
    assert (bell.stores.records[0].received, bell.stores.records[0].rejected) == (3, 1)
    assert answer.body["batch"] == bell.stores.records[0].id


@pytest.mark.parametrize("name", ["__proto__", "constructor", "prototype", "toString", "__class__"])
def test_keys_that_mean_something_elsewhere_are_plain_data(bell: Doorbell, name: str) -> None:
    answer = bell.post(b'{"id":"u","%s":{"polluted":true}}' % name.encode(), ONE)

    bell.sound(answer)
    assert bell.stores.events[0].properties == {name: {"polluted": True}}


@pytest.mark.parametrize(
    "body",
    [
        b"[%s,%s]" % GOOD,
        b"\xef\xbb\xbf%s\n%s" % GOOD,
        (b"[%s,%s]" % GOOD).decode().encode("utf-16"),
        (b"[%s,%s]" % GOOD).decode().encode("utf-32"),
        (b"%s%s" % GOOD).decode(),
        squeezed(b"%s\n%s\n" % GOOD),
    ],
)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content_type": "application/json"},
        {"content_type": "text/plain;charset=UTF-8"},
        {"content_type": "application/x-www-form-urlencoded"},
        {"content_type": "image/png", "content_encoding": "gzip"},
        {"content_type": "\x7f", "authorization": "Basic ???"},
    ],
)
def test_whatever_the_headers_claim_the_bytes_are_read(
    bell: Doorbell, body: bytes | str, headers: dict[str, str]
) -> None:
    answer = bell.post(body, BULK, **headers)

    bell.sound(answer)
    assert (answer.status, answer.body) == (200, {"processed": 2, "errors": []})


def test_a_form_is_read_as_one_activity(bell: Doorbell) -> None:
    answer = bell.post(b"email=ann%40acme.com&info%5Bplan%5D=pro", ONE)

    assert answer.body == {"processed": 1, "errors": []}
    assert bell.stores.events[0].properties == {"plan": "pro"}


@pytest.mark.parametrize("path", [ONE, BULK])
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "empty_body"),
        ("", 400, "empty_body"),
        (squeezed(b""), 400, "empty_body"),
        (b"[,]", 400, "empty_body"),
        (b" \r\n", 400, "empty_body"),
        (b"null", 400, "not_json"),
        (b"5", 400, "not_json"),
        (b'"x"', 400, "not_json"),
        (b"\0", 400, "not_json"),
        (GOOD[0].decode().encode("utf-16-be"), 400, "not_json"),
        (GOOD[0].decode().encode("utf-16-le"), 400, "malformed_body"),
        (b"\xff\xfe" + GOOD[0] + b"x", 400, "bad_encoding"),
        (b"[" + GOOD[0], 400, "malformed_body"),
        (b"[" + GOOD[0] + b"]]", 400, "malformed_body"),
        (b'[{"a":"' + b'\\"' * 100_000, 400, "malformed_body"),
        ("\ud800", 400, "malformed_body"),
        (squeezed(GOOD[0])[:-4], 400, "bad_gzip"),
        (squeezed(GOOD[0]) + b"x", 400, "bad_gzip"),
        (squeezed(GOOD[0]) + squeezed(GOOD[1])[:-4], 400, "bad_gzip"),
        (b"\x1f\x8b" + GOOD[0], 400, "bad_gzip"),
        (squeezed(squeezed(GOOD[0])), 415, "double_gzip"),
    ],
)
def test_a_body_that_nobody_can_read_is_refused_as_a_whole(
    bell: Doorbell, path: str, body: bytes | str, status: int, code: str
) -> None:
    refused(bell, bell.post(body, path), status, code)


@pytest.mark.parametrize("path", [ONE, BULK])
def test_an_empty_array_is_a_batch_of_nothing(bell: Doorbell, path: str) -> None:
    answer = bell.post(b" [ ]\r\n", path)

    bell.sound(answer)
    assert (answer.status, answer.body) == (200, {"processed": 0, "errors": []})
    assert bell.stores.untouched


def test_a_csv_without_rows_is_a_batch_that_is_done(bell: Doorbell) -> None:
    answer = bell.post(b"id,action\n", CSV)

    bell.sound(answer)
    (record,) = bell.stores.records
    assert answer.body == {"processed": 0, "errors": [], "batch": record.id}
    assert (record.received, progress(record, [])["status"]) == (0, "done")


@pytest.mark.parametrize("text", ["A", "e30", "e30=!", "é", "e30=\n", "\ud800"])
def test_base64_that_is_none_is_refused(bell: Doorbell, text: str) -> None:
    event = gateway_event("POST", ONE, b"") | {"body": text}

    refused(bell, bell.take(event), 400, "malformed_body")


@pytest.mark.parametrize("size", [MAX_BODY - 1, MAX_BODY])
@pytest.mark.parametrize("path", [ONE, BULK, CSV])
def test_a_body_up_to_the_limit_is_taken(bell: Doorbell, path: str, size: int) -> None:
    start = b"id\nu-1\n" if path == CSV else b"[%s,%s]" % GOOD

    answer = bell.post(start + b"\n" * (size - len(start)), path)

    bell.sound(answer)
    assert answer.status == 200


@pytest.mark.parametrize("path", [ONE, BULK, CSV, UPLOADS])
@pytest.mark.parametrize(
    "body", [b" " * (MAX_BODY + 1), squeezed(b" " * 10_000_001), b"\x1f\x8b" * MAX_BODY]
)
def test_a_body_beyond_the_limit_names_the_upload_door(
    bell: Doorbell, path: str, body: bytes
) -> None:
    answer = bell.post(body, path)

    refused(bell, answer, 413, "body_too_large")
    assert answer.body["limit"] in (MAX_BODY, 10_000_000)
    assert answer.body["upload"] == f"/analytics/uploads/{TENANT}"
    assert "retry-after" not in answer.headers


@pytest.mark.parametrize(
    ("path", "item", "start", "end"),
    [(BULK, b'{"id":1},', b"[", b"{}]"), (BULK, b"{}", b"", b"{}"), (CSV, b"u\n", b"id\n", b"u")],
)
def test_fifty_thousand_items_are_taken_and_one_more_is_not(
    bell: Doorbell, path: str, item: bytes, start: bytes, end: bytes
) -> None:
    most = bell.post(start + item * (MAX_ITEMS - 1) + end, path)
    bell.sound(most)
    more = bell.post(start + item * MAX_ITEMS + end, path)

    assert most.body["processed"] + most.rejected == MAX_ITEMS
    refused(bell, more, 413, "too_many_items")
    assert more.body["upload"] == f"/analytics/uploads/{TENANT}"


@pytest.mark.parametrize("path", [BULK, CSV])
def test_fifty_thousand_bad_items_are_answered_in_one_answer(bell: Doorbell, path: str) -> None:
    item = b'{"email":"%s"}' % (b"\\u0001" * 10) if path == BULK else b",%s" % (b"\x01" * 60)
    body = b"\n".join([b"id,email"] * (path == CSV) + [item] * MAX_ITEMS)

    answer = bell.post(body, path)

    bell.sound(answer)
    assert (answer.status, answer.body["processed"], answer.rejected) == (400, 0, MAX_ITEMS)


MEGABYTES = effort.times(128, 256, 1024)


def test_a_gzip_bomb_costs_little_time_and_memory(bell: Doorbell) -> None:
    squeeze = zlib.compressobj(9, wbits=31)
    bomb = b"".join(squeeze.compress(bytes(1 << 20)) for _ in range(MEGABYTES)) + squeeze.flush()
    bell.post(b"{}")
    tracemalloc.start()

    answer = bell.post(bomb)

    refused(bell, answer, 413, "body_too_large")
    assert answer.seconds < 1
    assert tracemalloc.get_traced_memory()[1] < 64 << 20
    tracemalloc.stop()


@pytest.mark.parametrize(
    "tenant", ["22222222-2222-4222-8222-222222222222", "x" * 5000, "a%7Cb", "%00"]
)
@pytest.mark.parametrize(
    "body", [GOOD[0], b"id\nu-1", b"nonsense", b"", b" " * (MAX_BODY + 1), "\ud800"]
)
def test_an_unknown_tenant_is_a_404_and_nothing_is_stored(
    bell: Doorbell, tenant: str, body: bytes | str
) -> None:
    answers = [bell.post(body, path.replace(TENANT, tenant)) for path in (ONE, BULK, UPLOADS)]
    answers.append(bell.ring("PUT", CSV.replace(TENANT, tenant), body))
    answers.append(bell.ring("GET", BATCHES.replace(TENANT, tenant) + "/b-1"))

    for answer in answers:
        refused(bell, answer, 404, "unknown_tenant")
    assert len({str(answer.body) for answer in answers}) == 1


def test_an_unknown_batch_and_an_unknown_route_are_404s(bell: Doorbell) -> None:
    refused(bell, bell.ring("GET", f"{BATCHES}/nobody's"), 404, "unknown_batch")
    refused(bell, bell.ring("GET", ONE), 404, "no_route")
    refused(bell, bell.post(GOOD[0], "/analytics/a/b/c/d"), 404, "no_route")


@pytest.mark.parametrize("body", [b"null", b"\0", "\u00e9", b'{"a":NaN}', b'{"reading":[]}'])
def test_the_upload_door_reads_nothing_into_rubbish(bell: Doorbell, body: bytes | str) -> None:
    answer = bell.post(body, UPLOADS)

    assert (answer.status, "reading" in answer.body["message"]) == (400, True)
    assert not bell.stores.records


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_the_upload_door_asks_nothing_of_its_body(bell: Doorbell, body: bytes) -> None:
    answer = bell.post(body, UPLOADS)

    assert answer.status == 201
    assert answer.body["url"].startswith(f"https://inbox.example/uploads/{TENANT}/")
    assert bell.stores.records[0].id == answer.body["batch"]
