"""The gateway's own bounds and answers, at the edge of the local default."""

import base64
import gzip
import json
import logging
import zlib

import pytest

from tests.unit.local.requests import Returning, answered, scope
from waypost.local.edge import GATEWAY_BYTES, LAMBDA_BYTES
from waypost.local.workers import FunctionFailed

EMPTY = json.dumps({"statusCode": 200, "body": ""}).encode()
GZIP = [("content-encoding", "gzip")]


def received(body: bytes, headers: list[tuple[str, str]]) -> tuple[int, bytes]:
    """The status of a body that was sent, and what the function got of it."""
    function = Returning(EMPTY)
    status, _, _ = answered(function, scope("POST", "/a", headers=headers), body)
    event = json.loads(function.event or b'{"body":null}')
    return status, base64.b64decode(event["body"] or "")


def _gzipped(plain: bytes) -> bytes:
    """The same bytes whenever it is called: what is in a case names it."""
    return gzip.compress(plain, mtime=0)


@pytest.mark.parametrize(
    "body",
    [
        _gzipped(b"one two"),
        _gzipped(b"one ") + _gzipped(b"two"),
        _gzipped(b"one two") + bytes(512),
        _gzipped(b"one ") + bytes(3) + _gzipped(b"two") + bytes(1),
    ],
)
def test_every_member_of_a_declared_gzip_is_inflated(body: bytes) -> None:
    assert received(body, GZIP) == (200, b"one two")


@pytest.mark.parametrize(
    ("body", "coding", "status"),
    [
        (zlib.compress(b"one"), "deflate", 200),
        (b"one", "identity", 200),
        (_gzipped(b"one"), " GZIP ", 200),
        (_gzipped(b"one")[:-3], "gzip", 415),
        (_gzipped(b"one") + b"x", "gzip", 415),
        (b"one", "gzip", 415),
        (b"one", "br", 415),
        (_gzipped(bytes(GATEWAY_BYTES + 1)), "gzip", 413),
        (_gzipped(bytes(GATEWAY_BYTES // 2 + 1)) * 2, "gzip", 413),
    ],
)
def test_a_body_must_be_what_it_declares(body: bytes, coding: str, status: int) -> None:
    assert received(body, [("content-encoding", coding)])[0] == status


@pytest.mark.parametrize(("over", "status"), [(0, 200), (4, 413)])
def test_an_event_is_as_large_as_lambda_takes(over: int, status: int) -> None:
    """Base64 grows in steps of four bytes, so that a step more is too much."""
    function = Returning(EMPTY)
    answered(function, scope("POST", "/a"), b"{}")
    room = (LAMBDA_BYTES - len(function.event)) // 4 * 4 + 4 + over

    assert answered(function, scope("POST", "/a"), bytes(room // 4 * 3))[0] == status


@pytest.mark.parametrize(("over", "status"), [(0, 200), (1, 502)])
def test_an_answer_is_as_large_as_lambda_lets_through(
    over: int, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    filler = "x" * (LAMBDA_BYTES - len(EMPTY) + over)
    function = Returning(EMPTY.replace(b'""', json.dumps(filler).encode()))

    with caplog.at_level(logging.ERROR):
        found, headers, body = answered(function, scope("GET", "/a"))

    assert found == status
    assert len(caplog.records) == over
    if over:
        assert str(LAMBDA_BYTES + 1) in caplog.text
        assert json.loads(body) == {"message": "Internal server error"}
        assert (b"access-control-allow-origin", b"*") in headers


@pytest.mark.parametrize("returned", [FunctionFailed("Task timed out"), b"null"])
def test_a_function_that_gives_no_answer_is_a_bad_gateway_and_a_line(
    returned: bytes | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        status, headers, _ = answered(Returning(returned), scope("GET", "/a"))

    assert status == 502
    assert (b"access-control-allow-origin", b"*") in headers
    assert len(caplog.records) == 1
