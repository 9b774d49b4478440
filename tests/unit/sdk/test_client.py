"""The HTTP client: what it sends again, what it gives up on, how it streams."""

import io
import os
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
import urllib3
from urllib3.exceptions import HTTPError, ProtocolError

from waypost.sdk.client import Client, ClientError, Unreachable, seekable

Reply = tuple[int, bytes] | tuple[int, bytes, dict[str, str]] | HTTPError


class Pool:
    """Answers with what it was given, in order, and remembers what it was asked."""

    def __init__(self, *replies: Reply) -> None:
        self._replies = list(replies)
        self.calls: list[tuple[str, str, dict[str, str]]] = []
        self.bodies: list[bytes] = []
        self.before: Callable[[], None] = lambda: None

    def request(
        self, method: str, url: str, *, body: Any, headers: dict[str, str], redirect: bool
    ) -> urllib3.BaseHTTPResponse:
        self.before()
        assert not redirect
        self.calls.append((method, url, headers))
        if body is not None:
            whole = body if isinstance(body, bytes) else b"".join(iter(lambda: body.read(4), b""))
            self.bodies.append(whole)
        reply = self._replies.pop(0)
        if isinstance(reply, HTTPError):
            raise reply
        return urllib3.HTTPResponse(reply[1], reply[2] if len(reply) > 2 else {}, reply[0])


class Waits(list[float]):
    """A clock that only remembers how long it was asked to sleep."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def client(pool: Pool, waits: Waits | None = None) -> Client:
    sleep = Waits() if waits is None else waits
    return Client("http://w/", "t/1", "secret", pool=pool, sleep=sleep)  # type: ignore[arg-type]


def test_reading_sends_the_token_and_only_what_was_asked() -> None:
    pool = Pool((200, b'{"events":[]}'))

    answer = client(pool).read("events", limit=3, after="a#b", account=None)

    bearer = {"Authorization": "Bearer secret"}
    assert answer == {"events": []}
    assert pool.calls == [("GET", "http://w/api/v1/events?limit=3&after=a%23b", bearer)]


def test_an_error_keeps_its_status_code_and_message() -> None:
    pool = Pool((401, b'{"code":"token_unknown","message":"this token is not known"}'))

    with pytest.raises(ClientError, match="this token is not known") as error:
        client(pool).read("events")

    assert (error.value.status, error.value.code) == (401, "token_unknown")


def test_an_error_of_s3_is_read_from_its_xml() -> None:
    pool = Pool((403, b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message>"))

    with pytest.raises(ClientError, match="Request has expired") as error:
        client(pool).batch("b")

    assert error.value.code == "AccessDenied"


def test_overload_and_lost_connections_are_tried_again() -> None:
    pool = Pool((503, b""), ProtocolError("lost"), (200, b'{"id":1}'))
    waits = Waits()

    answer = client(pool, waits).batch("b")

    assert answer == {"id": 1}
    assert len(waits) == 2


def test_a_retry_comes_no_sooner_than_the_server_asks() -> None:
    pool, waits = Pool((503, b"", {"Retry-After": "7"}), (200, b"{}")), Waits()

    client(pool, waits).batch("b")

    assert 7 <= waits[0] < 8


def test_a_server_may_name_the_moment_of_the_retry_as_a_date() -> None:
    at = formatdate(time.time() + 30, usegmt=True)
    pool, waits = Pool((503, b"", {"Retry-After": at}), (200, b"{}")), Waits()

    client(pool, waits).batch("b")

    assert 28 <= waits[0] < 31


@pytest.mark.parametrize("header", ["soon", "", "-1", "9" * 5_000])
def test_a_senseless_wait_is_not_waited_for(header: str) -> None:
    pool, waits = Pool((503, b"", {"Retry-After": header}), (200, b"{}")), Waits()

    client(pool, waits).batch("b")

    assert waits[0] < 1


def test_no_server_can_make_a_client_wait_for_hours() -> None:
    pool, waits = Pool((503, b"", {"Retry-After": "86400"}), (200, b"{}")), Waits()

    client(pool, waits).batch("b")

    assert waits[0] < 61


def test_after_five_tries_nothing_answers() -> None:
    pool = Pool(*[ProtocolError("lost")] * 5)

    with pytest.raises(Unreachable, match="nothing answers at http://w/api/v1/events"):
        client(pool).read("events", limit=1)


def test_a_refusal_is_not_tried_again() -> None:
    pool = Pool((404, b'{"code":"unknown_batch","message":"there is no such batch"}'))

    with pytest.raises(ClientError, match="no such batch"):
        client(pool).batch("b")

    assert len(pool.calls) == 1


def test_something_else_on_the_port_is_not_taken_for_waypost() -> None:
    with pytest.raises(ClientError, match="not as Waypost does"):
        client(Pool((200, b"<html>"))).read("events")


PLACE = b'{"url":"http://s3/put","batch":"b1","expires":1}'


def test_an_upload_sends_the_whole_file_without_the_token_and_tells_how_far_it_is() -> None:
    pool, told = Pool((201, PLACE), (200, b"")), []

    batch = client(pool).upload(io.BytesIO(b"0123456789"), lambda *now: told.append(now))

    assert batch == "b1"
    assert pool.calls == [
        ("POST", "http://w/analytics/uploads/t%2F1", {}),
        ("PUT", "http://s3/put", {"Content-Length": "10"}),
    ]
    assert pool.bodies == [b"0123456789"]
    assert told == [(4, 10), (8, 10), (10, 10), (10, 10)]


def test_how_a_file_is_read_goes_before_it_and_answers_a_batch_that_waits() -> None:
    pool = Pool((201, b'{"url":"http://s3/x","batch":"b"}'), (200, b""), (202, b'{"id":"b"}'))

    client(pool).upload(io.BytesIO(b"a,b"), reading={"dateOrder": "dmy"})
    client(pool).answer("b", {"dateOrder": "mdy"})

    assert pool.bodies == [
        b'{"reading": {"dateOrder": "dmy"}}',
        b"a,b",
        b'{"reading": {"dateOrder": "mdy"}}',
    ]
    assert pool.calls[-1][:2] == ("POST", "http://w/analytics/batches/t%2F1/b")


def test_an_upload_that_breaks_begins_again_from_the_start() -> None:
    pool = Pool((201, PLACE), (503, b""), (200, b""))

    client(pool).upload(io.BytesIO(b"0123456789"))

    assert pool.bodies == [b"0123456789"] * 2


def test_a_file_that_grows_is_sent_as_long_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "growing"
    path.write_bytes(b"0123456789")
    pool = Pool((201, PLACE), (200, b""))

    def grow() -> None:
        with path.open("ab") as more:
            more.write(b"more")

    pool.before = grow
    with path.open("rb") as stream:
        stream.seek(2)
        client(pool).upload(stream)

    assert pool.calls[1][2] == {"Content-Length": "8"}
    assert pool.bodies == [b"23456789"]


@pytest.fixture
def pipe() -> Iterator[int]:
    """The reading end of a pipe that somebody writes ten bytes into."""
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb") as stream:
            stream.write(b"0123456789")

    thread = threading.Thread(target=write)
    thread.start()
    yield reading
    thread.join()


def test_a_pipe_is_spooled_and_its_size_announced(pipe: int) -> None:
    pool = Pool((201, PLACE), (200, b""))

    with os.fdopen(pipe, "rb") as stream:
        client(pool).upload(stream)

    assert pool.calls[1][2] == {"Content-Length": "10"}
    assert pool.bodies == [b"0123456789"]


def test_a_pipe_can_be_read_twice_once_it_is_spooled(pipe: int) -> None:
    with os.fdopen(pipe, "rb") as stream, seekable(stream) as spooled:
        first = spooled.read()
        spooled.seek(0)

        assert (first, spooled.read()) == (b"0123456789", b"0123456789")


def test_a_run_is_asked_for_until_it_has_ended() -> None:
    states = [b'{"id":"r","status":"%s"}' % state for state in (b"queued", b"running", b"done")]
    pool, waits = Pool((202, states[0]), (200, states[1]), (200, states[2])), Waits()

    run = client(pool, waits).aggregate()

    assert run == {"id": "r", "status": "done"}
    assert [url for _, url, _ in pool.calls[1:]] == ["http://w/api/v1/runs/r"] * 2


def test_a_run_that_never_ends_is_given_up() -> None:
    pool = Pool((202, b'{"id":"r","status":"queued"}'))

    with pytest.raises(ClientError, match="run r has not ended"):
        client(pool).aggregate(patience=-1)


STARTED = b'{"job":"j1","status":"queued","href":"/api/v1/jobs/j1"}'


def test_a_question_that_takes_long_is_waited_for_and_its_answer_fetched() -> None:
    running = b'{"job":"j1","status":"running","url":null}'
    done = b'{"job":"j1","status":"done","url":"http://s3/answer"}'
    pool = Pool((202, STARTED), (200, running), (200, done), (200, b'{"total":7}'))

    answer = client(pool).read("metrics", metric="users")

    assert answer == {"total": 7}
    bearer = {"Authorization": "Bearer secret"}
    assert pool.calls[1:] == [
        ("GET", "http://w/api/v1/jobs/j1", bearer),
        ("GET", "http://w/api/v1/jobs/j1", bearer),
        ("GET", "http://s3/answer", {}),
    ]


def test_a_question_that_failed_as_a_job_says_why() -> None:
    failed = b'{"job":"j1","status":"failed","reason":"it takes too long","url":null}'

    with pytest.raises(ClientError, match="it takes too long"):
        client(Pool((202, STARTED), (200, failed))).read("metrics")
