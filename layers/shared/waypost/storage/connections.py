"""
HTTP/1.1 for the few calls of a door, over connections that stay open (RFC 9112).

A general client costs a door more at its start than everything else in it together, and on each
call half of what an event may cost. AWS is asked little of what such a client knows: a request has
a body of known length, and there are no redirects, cookies or proxies.
"""

import socket
import ssl
import time
from collections.abc import Iterator
from functools import cache
from select import POLLIN, poll
from urllib.parse import urlsplit

from msgspec import Struct

# Seconds: for a connection, and until the next piece of an answer.
_CONNECT, _READ = 2.0, 4.0
_PIECE = 65_536
_INTERIM, _NO_CONTENT = 200, 204


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
        self._idle: list[_Connection] = []

    def request(
        self, method: str, path: str, *, body: bytes, headers: dict[str, str], seconds: float
    ) -> Answer:
        """The answer, within so many seconds. Raises `Lost`.

        A host closes what nobody uses for a while, perhaps just now: what got no word on a
        connection that was kept goes out once more on another. Each request may be repeated.
        """
        message = _message(method, path, body, headers)
        until = time.monotonic() + seconds
        try:
            for connection in self._kept():
                try:
                    return self._exchange(connection, message, until)
                except TimeoutError:
                    raise
                except OSError:
                    if connection.was_answered:
                        raise
            return self._exchange(_Connection(self._open(until)), message, until)
        # A status or length that is none, beside all that may happen to a connection.
        except (OSError, ValueError, IndexError) as error:
            raise Lost(str(error)) from error

    def _kept(self) -> Iterator["_Connection"]:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_quiet():
                yield connection
            else:
                connection.close()

    def _exchange(self, connection: "_Connection", message: bytes, until: float) -> Answer:
        stays = False
        try:
            answer, stays = connection.exchange(message, until)
        finally:
            if stays:
                self._idle.append(connection)
            else:
                connection.close()
        return answer

    def _open(self, until: float) -> socket.socket:
        host = self._url.hostname or ""
        port = self._url.port or (443 if self._url.scheme == "https" else 80)
        seconds = min(_CONNECT, _left(until))
        opened = socket.create_connection((host, port), timeout=seconds)
        try:
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._url.scheme != "https":
                return opened
            return _tls().wrap_socket(opened, server_hostname=host)
        except OSError:
            opened.close()
            raise


class _Connection:
    """One connection, and what came on it that nobody has read yet."""

    def __init__(self, opened: socket.socket) -> None:
        self._socket = opened
        self._rest = b""
        self._poll = poll()
        self._poll.register(opened, POLLIN)
        self.was_answered = False

    def is_quiet(self) -> bool:
        """Whether nothing has come since the last answer: else it is the end."""
        return not self._poll.poll(0)

    def close(self) -> None:
        self._socket.close()

    def __del__(self) -> None:
        self.close()

    def exchange(self, message: bytes, until: float) -> tuple[Answer, bool]:
        """The answer, and whether the connection stays."""
        self.was_answered = False
        self._socket.settimeout(_left(until))
        self._socket.sendall(message)
        status, fields = self._head(until)
        while status < _INTERIM:
            status, fields = self._head(until)
        length, coding = fields.get(b"content-length"), fields.get(b"transfer-encoding", b"")
        stays = fields.get(b"connection", b"").lower() != b"close"
        if status == _NO_CONTENT:
            data = b""
        elif b"chunked" in coding.lower():
            data = b"".join(self._chunks(until))
        elif length is not None:
            data = self._take(int(length), until)
        else:
            data, stays = self._to_end(until), False
        return Answer(status, data), stays and not self._rest

    def _head(self, until: float) -> tuple[int, dict[bytes, bytes]]:
        first, *lines = self._through(b"\r\n\r\n", until).split(b"\r\n")
        pairs = (line.partition(b":") for line in lines)
        return int(first.split()[1]), {name.lower(): text.strip() for name, _, text in pairs}

    def _chunks(self, until: float) -> Iterator[bytes]:
        while size := int(self._through(b"\r\n", until).partition(b";")[0], 16):
            yield self._take(size, until)
            self._through(b"\r\n", until)
        # Fields may follow the last chunk; an empty line ends them.
        while self._through(b"\r\n", until):
            pass

    def _through(self, end: bytes, until: float) -> bytes:
        while end not in self._rest:
            self._rest += self._more(until)
        text, _, self._rest = self._rest.partition(end)
        return text

    def _take(self, size: int, until: float) -> bytes:
        pieces, had = [self._rest], len(self._rest)
        while had < size:
            pieces.append(self._more(until))
            had += len(pieces[-1])
        data = b"".join(pieces)
        self._rest = data[size:]
        return data[:size]

    def _to_end(self, until: float) -> bytes:
        pieces, self._rest = [self._rest], b""
        try:
            while True:
                pieces.append(self._more(until))
        except ConnectionResetError:
            return b"".join(pieces)

    def _more(self, until: float) -> bytes:
        self._socket.settimeout(min(_READ, _left(until)))
        piece = self._socket.recv(_PIECE)
        if not piece:
            raise ConnectionResetError("the connection was closed")
        self.was_answered = True
        return piece


def _message(method: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"{method} {path} HTTP/1.1\r\n{lines}content-length: {len(body)}\r\n\r\n"
    # In one piece, so that it leaves in one packet where it can.
    return head.encode() + body


def _left(until: float) -> float:
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("no time is left for it")
    return seconds


@cache
def _tls() -> ssl.SSLContext:
    # One for every host: reading the certificates takes longer than any import.
    return ssl.create_default_context()
