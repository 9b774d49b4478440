"""Hostile requests and files over HTTP, against the local default: reasons, never faults."""

import gzip
import http.client
import json
from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import Customer, Local, eventually

squeezed = partial(gzip.compress, mtime=0)

GOOD = b'{"id":"u-1","cId":"acme"}', b'{"id":"u-2","cId":"acme"}'
ITEMS = [
    (b'{"id":"x","weight":NaN}', "number_not_finite"),
    (b'{"id":"x","info":{"a":1e999}}', "number_not_finite"),
    (b'{"id":"x","info":%s1%s}' % (b'{"a":' * 100_000, b"}" * 100_000), "too_deep"),
    (b'{"id":"x","info":{"a":%s}}' % (b"1" * 5000), "number_too_long"),
    (b'{"id":"x","action":"\\ud83d"}', "lone_surrogate"),
    (b'{"id":"x","action":"\\u0000"}', "nul_character"),
    (b'{"id":"x","action":"caf\xe9"}', "bad_encoding"),
    (b'{"id":"x","id":"y"}', "duplicate_key"),
    (b'{"id":"x","action":"%s"}' % (b"x" * 400_000), "too_long"),
    (b"null", "not_an_object"),
]
ROWS = b"\n".join(
    [
        b"\xef\xbb\xbfcId, id, action, weight",
        b"acme,u-1,ok,1",
        b"acme,u-2,nul\0,1",
        b"acme,u-3,caf\xe9,1",
        b'acme,u-4,"never closed,1',
        b"acme,u-5,short",
        b"acme,u-6,x,1e999",
        b'acme,u-7,"two\nlines",1',
        b"acme,u-8,ok,1\n",
    ]
)
BAD_ROWS = [
    (1, 3, "nul_character"),
    (2, 4, "bad_encoding"),
    (3, 5, "unclosed_quote"),
    (5, 7, "number_not_finite"),
]
TOTALS = ("received", "stored", "duplicate", "rejected", "ignored")


def bulk(customer: Customer) -> str:
    return f"/analytics/bulk/{customer.tenant}"


def totals(local: Local, customer: Customer, received: int) -> tuple[int, ...]:
    """What the ledger counts once an aggregate run has passed."""
    local.settled(customer, received)
    local.aggregate(customer)
    counts = local.settled(customer, received)
    return tuple(counts[name] for name in TOTALS)


@pytest.mark.parametrize(("item", "code"), ITEMS)
def test_a_bad_item_harms_no_neighbour(
    local: Local, customer: Customer, item: bytes, code: str
) -> None:
    status, answer, _ = local.send(
        "POST", bulk(customer), b"[%s,\n%s,\n%s]" % (GOOD[0], item, GOOD[1])
    )

    assert (status, answer["processed"]) == (200, 2)
    assert [(error["index"], error["code"]) for error in answer["errors"]] == [(1, code)]


def test_bad_items_are_accounted_for_beside_good_ones(local: Local, customer: Customer) -> None:
    dated = b'{"id":"u","cId":"acme","date":"2026-11-20T08:00Z","info":{"n":%s}}' % (b"9" * 38)
    body = b"\n".join([dated, dated, b'{"id":"nobody"}', *(item for item, _ in ITEMS)])

    for _ in range(2):
        status, answer, _ = local.send("POST", bulk(customer), body)
        assert (status, answer["processed"], len(answer["errors"])) == (200, 3, len(ITEMS))

    assert totals(local, customer, 26) == (26, 4, 2, 20, 0)


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"", {}, 400, "empty_body"),
        (b"null", {}, 400, "not_json"),
        (b'{"id":"u"}' * 9 + b"{", {}, 400, "malformed_body"),
        (GOOD[0].decode().encode("utf-16-be"), {}, 400, "not_json"),
        (squeezed(GOOD[0])[:-4], {}, 400, "bad_gzip"),
        (squeezed(GOOD[0]) + b"x", {}, 400, "bad_gzip"),
        (squeezed(squeezed(GOOD[0])), {}, 415, "double_gzip"),
        (GOOD[0], {"content_encoding": "gzip"}, 415, "unsupported_encoding"),
        (squeezed(GOOD[0])[:-4], {"content_encoding": "gzip"}, 415, "unsupported_encoding"),
        (GOOD[0], {"content_encoding": "br"}, 415, "unsupported_encoding"),
        (b" " * 4_500_001, {}, 413, "body_too_large"),
        (b" " * 5_000_000, {}, 413, "body_too_large"),
        (b" " * 10_000_000, {}, 413, "body_too_large"),
        (b" " * 11_000_000, {}, 413, "body_too_large"),
        (squeezed(b" " * 11_000_000), {"content_encoding": "gzip"}, 413, "body_too_large"),
        (squeezed(b" " * 11_000_000), {}, 413, "body_too_large"),
        (b"{}" * 50_001, {}, 413, "too_many_items"),
    ],
)
def test_a_body_that_cannot_be_taken_gets_a_reason_that_a_browser_may_read(
    local: Local, customer: Customer, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    found, answer, sent = local.send(
        "POST", bulk(customer), body, origin="https://acme.example", **headers
    )

    assert (found, answer["code"], answer["errors"]) == (status, code, [])
    assert answer["message"]
    assert sent["access-control-allow-origin"] == "*"
    assert "retry-after" not in sent
    if status == 413:
        assert answer["upload"].startswith("/analytics/uploads/")


@pytest.mark.parametrize("coding", ["gzip", "GZIP", ""])
def test_gzip_is_read_declared_or_not(local: Local, customer: Customer, coding: str) -> None:
    headers = {"content_encoding": coding} if coding else {}

    status, answer, _ = local.send("POST", bulk(customer), squeezed(GOOD[0]), **headers)

    assert (status, answer) == (200, {"processed": 1, "errors": []})


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"]
)
def test_the_content_type_is_nobodys_business(local: Local, customer: Customer, kind: str) -> None:
    status, answer, _ = local.send("POST", bulk(customer), GOOD[0], content_type=kind)

    assert (status, answer) == (200, {"processed": 1, "errors": []})


def test_a_chunked_body_without_a_length_is_read(local: Local, customer: Customer) -> None:
    pieces = iter([b"[" + GOOD[0], b",", GOOD[1] + b"]"])

    answer = local.http.request("POST", local.url + bulk(customer), body=pieces)

    assert answer.json() == {"processed": 2, "errors": []}


def test_a_client_that_waits_to_continue_is_told_to(local: Local, customer: Customer) -> None:
    connection = http.client.HTTPConnection(urlsplit(local.url).netloc)
    connection.putrequest("POST", bulk(customer))
    connection.putheader("Expect", "100-continue")
    connection.putheader("Content-Length", str(len(GOOD[0])))
    connection.endheaders()
    connection.send(GOOD[0])

    answer = connection.getresponse()

    assert (answer.status, json.loads(answer.read())["processed"]) == (200, 1)
    connection.close()


@pytest.mark.parametrize("suffix", ["/", "//"])
def test_a_trailing_slash_makes_no_difference(
    local: Local, customer: Customer, suffix: str
) -> None:
    status, answer, _ = local.send("POST", bulk(customer) + suffix, GOOD[0])

    assert (status, answer) == (200, {"processed": 1, "errors": []})


@pytest.mark.parametrize(
    "path",
    ["/", "/analytics", "/nowhere", "/analytics/a/b/c", "/%00", "/..", "/../../_ministack/health"],
)
def test_an_unknown_route_is_a_404_that_a_browser_may_read(local: Local, path: str) -> None:
    status, answer, headers = _raw(local, "POST", path)

    assert (status, json.loads(answer)["code"]) == (404, "no_route")
    assert headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "tenant",
    ["22222222-2222-4222-8222-222222222222", "%20", "%2F", "a%2Fb", "%00", "%FF", "%E2%82%AC",
     "a|b", "%7C", "%", "%zz", "..%2f..", "'%22%3E%3Cscript%3E", "*", "x" * 2000],
)  # fmt: skip
def test_a_tenant_that_nobody_has_is_a_404(local: Local, tenant: str) -> None:
    status, answer, _ = _raw(local, "POST", f"/analytics/bulk/{tenant}", GOOD[0])

    assert status == 404
    assert json.loads(answer)["code"] in ("unknown_tenant", "no_route")


def test_a_stream_names_the_lines_of_its_bad_rows(local: Local, customer: Customer) -> None:
    path = f"/analytics/stream/csv/{customer.tenant}"

    status, answer, _ = local.send("PUT", path, ROWS, content_type="text/csv")

    assert (status, answer["processed"]) == (200, 4)
    assert [(e["index"], e["line"], e["code"]) for e in answer["errors"]] == BAD_ROWS
    assert totals(local, customer, 8) == (8, 4, 0, 4, 0)
    batch = progress(local, customer, answer["batch"])
    assert (batch["status"], batch["received"], batch["stored"]) == ("done", 8, 4)
    assert [(e["index"], e["line"], e["code"]) for e in batch["errors"]] == BAD_ROWS


def progress(local: Local, customer: Customer, batch: str) -> dict[str, Any]:
    """A batch once its file has been read and every part of it matched."""

    def read() -> dict[str, Any]:
        status, found, _ = local.send("GET", f"/analytics/batches/{customer.tenant}/{batch}")
        assert status == 200, found
        return dict(found)

    return eventually(read, _settled)


def _settled(batch: dict[str, Any]) -> bool:
    parts = batch["parts"]
    return batch["status"] in ("done", "failed") and parts["matched"] == parts["announced"]


def upload(local: Local, customer: Customer, data: bytes) -> str:
    """The batch of a file that was put to a presigned URL."""
    status, ticket, _ = local.send("POST", f"/analytics/uploads/{customer.tenant}")
    assert status == 201, ticket
    assert local.http.request("PUT", ticket["url"], body=data).status == 200
    return str(ticket["batch"])


TABLE = b"cId,id,action,weight\n" + b"".join(b"acme,u-%d,x,1\n" % n for n in range(200))
LONG = b"cId,id,action,weight\nacme,u,x,1\nacme,u,%s,1\nacme,u,x,1\n" % (b"x" * 2_000_000)
ARRAY = b"[" + b",".join(b'{"cId":"acme","id":"u-%d"}' % n for n in range(9))
BAD_ITEMS = [(9, None, "invalid_json"), (10, None, "not_an_object")]
FILES: list[tuple[bytes, int, Sequence[tuple[int, int | None, str]], str | None]] = [
    (ROWS, 8, BAD_ROWS, None),
    (squeezed(ROWS), 8, BAD_ROWS, None),
    (LONG, 3, [(1, 3, "row_too_long")], None),
    (squeezed(TABLE)[:-8], 200, [], "the gzip stream is damaged"),
    (ARRAY + b',{"id":"u-9', 9, [], "the JSON text ends in the middle of an item"),
    (ARRAY + b',\n{"id":"u"\n"x"},\n5]', 11, BAD_ITEMS, None),
    (b'{"id":"a","cId":"x"}\n\n{"id":\n{"id":"b","cId":"x"}', 3, [(1, 3, "invalid_json")], None),
    (b"", 0, [], "the file is empty"),
    (b"a,b\n1,2\n", 0, [], "the first line must be a header"),
    (b"\x1f\x8bno gzip", 0, [], "the gzip stream is damaged"),
    (b"\xff\xfe\x00\xd8", 0, [], "the file begins as UTF-16"),
]  # fmt: skip
RECEIVED = sum(rows for _, rows, _, _ in FILES)
REJECTED = sum(len(errors) for _, _, errors, _ in FILES)


def test_uploaded_files_tell_what_is_wrong_with_them(local: Local, customer: Customer) -> None:
    batches = [upload(local, customer, data) for data, *_ in FILES]

    for batch, (_, rows, errors, failure) in zip(batches, FILES, strict=True):
        found = progress(local, customer, batch)
        assert found["status"] == ("failed" if failure else "done"), found
        assert found.get("error", "").startswith(failure or "")
        assert (found["received"], found["rejected"], found["matched"]) == (rows, len(errors), rows)
        assert [(e["index"], e.get("line"), e["code"]) for e in found["errors"]] == errors
    assert totals(local, customer, RECEIVED) == (RECEIVED, RECEIVED - REJECTED, 0, REJECTED, 0)


@pytest.mark.parametrize(
    "name", ["a b+ü%.csv", "deep/er/ä&=?#.csv.gz", "%2F%00.json", "'\"<b>.csv"]
)
def test_dropped_files_of_any_name_are_read(local: Local, customer: Customer, name: str) -> None:
    dated = ROWS.replace(b"weight", b"weight, date").replace(b",1\n", b",1,2026-11-20T08:00Z\n")
    bucket, key = local.outputs["InboxBucket"], f"drops/{customer.tenant}/{name}"
    for received in (8, 16):
        local.client("s3").put_object(Bucket=bucket, Key=key, Body=dated)
        local.settled(customer, received)

    batches = local.get(customer, "batches")["batches"]

    assert [(b["name"], b["kind"], b["received"]) for b in batches] == [(name, "drop", 8)] * 2
    assert [_settled(progress(local, customer, b["id"])) for b in batches] == [True, True]
    assert totals(local, customer, 16) == (16, 3, 3, 10, 0)


def _raw(
    local: Local, method: str, path: str, body: bytes = b""
) -> tuple[int, bytes, dict[str, str]]:
    """One request whose path nobody tidies up on the way."""
    connection = http.client.HTTPConnection(urlsplit(local.url).netloc)
    connection.request(method, path, body=body, headers={"Origin": "https://acme.example"})
    answer = connection.getresponse()
    found = answer.status, answer.read(), {n.lower(): v for n, v in answer.getheaders()}
    connection.close()
    return found
