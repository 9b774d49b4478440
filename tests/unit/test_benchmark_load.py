"""The load of `make peers`: what it counts, and whom it lets off."""

from collections.abc import Iterator

import pytest

from tests.benchmarks import http_load
from tests.benchmarks.http_load import Post
from tests.server import Handler, Server

STATUS = {"/good": 200, "/bad": 503}


class _Answering(Handler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(STATUS[self.path])
        self.send_header("content-length", "0")
        self.end_headers()


@pytest.fixture
def url() -> Iterator[str]:
    with Server(_Answering) as server:
        yield f"http://127.0.0.1:{server.port}"


def test_every_connection_has_an_answer_however_short_the_time(url: str) -> None:
    told = http_load.run(Post(f"{url}/good", b"[]", events=1000), connections=3, seconds=0)

    assert (told.events, len(told.times), told.failures) == (3000, 3, 0)
    assert told.a_second == pytest.approx(3000 / told.seconds)


def test_what_was_refused_counts_for_nothing(url: str) -> None:
    told = http_load.run(Post(f"{url}/bad", b"[]", events=1000), connections=2, seconds=0)

    assert (told.events, told.times, told.failures) == (0, [], 2)


def test_rounds_of_a_load_add_up(url: str) -> None:
    good, bad = (
        http_load.run(Post(url + path, b"", events=1), connections=1, seconds=0) for path in STATUS
    )
    seconds = good.seconds + bad.seconds

    good.add(bad)

    assert (good.events, good.failures, good.seconds) == (1, 1, seconds)
