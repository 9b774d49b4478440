"""
The standard library's HTTP client for the few calls of a door, over connections that stay open.

urllib3, which boto3 brings, costs a door's start 91 ms of CPU where `http.client` costs 12, and
three times as much on each call. What it does besides nobody asks here: a request has a body of
known length, and there are no redirects, cookies or proxies.
"""

import ssl
import time
from collections.abc import Iterator
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, IncompleteRead
from select import POLLIN, poll
from urllib.parse import urlsplit

from msgspec import Struct

# Seconds: for a connection, and until the next piece of an answer.
_CONNECT, _READ = 2.0, 4.0
_PIECE = 65_536


class Lost(Exception):
    """No whole answer came; what was asked may have been done."""


class Answer(Struct, frozen=True):
    """The status and the whole body of an answer."""

    status: int
    data: bytes


class Connections:
    """Exchanges with one host. Threads may share it: each has a connection for itself."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._url = urlsplit(endpoint)
        self._idle: list[HTTPConnection] = []

    def __del__(self) -> None:
        for connection in self._idle:
            connection.close()

    def request(
        self, method: str, path: str, *, body: bytes, headers: dict[str, str], seconds: float
    ) -> Answer:
        """The answer, its body within so many seconds and the wait for one piece. Raises `Lost`.

        A host closes what nobody uses for a while, perhaps just now: what got no word on a
        connection that was kept goes out once more on another. Each request may be repeated.
        """
        until = time.monotonic() + seconds
        try:
            for connection in self._kept():
                try:
                    response = _asked(connection, method, path, body, headers, until)
                except TimeoutError:
                    raise
                except OSError:
                    continue  # what breaks within a head is no OSError: nothing was said
                return self._answer(connection, response, until)
            connection = self._opened(until)
            response = _asked(connection, method, path, body, headers, until)
            return self._answer(connection, response, until)
        except (OSError, HTTPException, ValueError) as error:
            raise Lost(str(error)) from error

    def _kept(self) -> Iterator[HTTPConnection]:
        while self._idle:
            connection = self._idle.pop()
            if _is_quiet(connection):
                yield connection
            else:
                connection.close()

    def _answer(self, connection: HTTPConnection, response: HTTPResponse, until: float) -> Answer:
        stays = False
        try:
            _left(until)
            # AWS tells how long an answer is: one that does not say so broke off in its head.
            if response.length is None and not response.chunked:
                raise HTTPException("an answer without a length")
            with response:
                data = b"".join(_pieces(response, until))
            stays = not response.will_close
        finally:
            if stays:
                self._idle.append(connection)
            else:
                connection.close()
        return Answer(response.status, data)

    def _opened(self, until: float) -> HTTPConnection:
        host, port = self._url.hostname or "", self._url.port
        seconds = min(_CONNECT, _left(until))
        connection = (
            HTTPSConnection(host, port, timeout=seconds, context=_tls())
            if self._url.scheme == "https"
            else HTTPConnection(host, port, timeout=seconds)
        )
        connection.connect()
        return connection


def _asked(
    connection: HTTPConnection,
    method: str,
    path: str,
    body: bytes,
    headers: dict[str, str],
    until: float,
) -> HTTPResponse:
    """The answer as far as its head."""
    try:
        connection.sock.settimeout(min(_READ, _left(until)))
        connection.request(method, path, body=body, headers=headers)
        return connection.getresponse()
    except BaseException:
        connection.close()
        raise


def _pieces(response: HTTPResponse, until: float) -> Iterator[bytes]:
    # `read` would wait anew for each piece, however slowly they come.
    while piece := response.read1(_PIECE):
        yield piece
        _left(until)
    if response.length:
        raise IncompleteRead(b"", response.length)


def _is_quiet(connection: HTTPConnection) -> bool:
    """Whether nothing has come since the last answer: else it is the end."""
    waiting = poll()
    waiting.register(connection.sock, POLLIN)
    return not waiting.poll(0)


def _left(until: float) -> float:
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("no time is left for it")
    return seconds


@cache
def _tls() -> ssl.SSLContext:
    # One for every host: reading the certificates takes longer than any import.
    return ssl.create_default_context()
