"""FaultProxy: between a client and the local default; keeps what passes, and lies on demand."""

import gzip
import http.client
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.server import Handler, Server

_RETRY_AFTER = {429: "1", 503: "1"}
_OURS = {"connection", "content-length", "date", "server", "transfer-encoding", "keep-alive"}
_FAULT = b'{"code":"fault","message":"the test answers this"}'


@dataclass(slots=True)
class Exchange:
    """One request as the client sent it, and the `status` that the client was answered.

    `upstream` is what the local default said, None where the request never got there. `body` is
    as on the wire, without the chunk lengths. Header names are lower-case.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int = 0
    upstream: int | None = None
    answer: bytes = b""

    @property
    def plain(self) -> bytes:
        """The body without its gzip layer, if it has one."""
        return gzip.decompress(self.body) if self.body[:2] == b"\x1f\x8b" else self.body

    def json(self) -> Any:
        return json.loads(self.plain)


@dataclass(slots=True)
class _Fault:
    status: int
    times: int
    after: bool
    headers: dict[str, str]
    body: bytes
    path: str | None


@dataclass(slots=True)
class _Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


class FaultProxy(Server):
    """Forwards everything to `target` as it is; `seen` holds each exchange, oldest first."""

    def __init__(self, target: str) -> None:
        self.seen: list[Exchange] = []
        self._target = urlsplit(target)
        self._faults: list[_Fault] = []
        self._lock = threading.Lock()
        super().__init__(_handler(self))
        self.url = f"http://127.0.0.1:{self.port}"

    def answer(
        self,
        status: int,
        times: int = 1,
        after: bool = False,
        headers: Mapping[str, str] | None = None,
        body: bytes = _FAULT,
        path: str | None = None,
    ) -> None:
        """The next `times` POSTs or PUTs get `status` instead of an answer.

        With `after` they are forwarded first: the acknowledgement gets lost, the events do not.
        `path` limits it to paths that start so.
        """
        named = {"Content-Type": "application/json"}
        if status in _RETRY_AFTER:
            named["Retry-After"] = _RETRY_AFTER[status]
        fault = _Fault(status, times, after, {**named, **(headers or {})}, body, path)
        with self._lock:
            self._faults.append(fault)

    def posts(self, path: str = "/") -> list[Exchange]:
        """The POSTs and PUTs to paths that start so."""
        return [x for x in self.seen if x.method in ("POST", "PUT") and x.path.startswith(path)]

    def exchange(self, request: Exchange, framed: bytes) -> _Answer:
        """The answer to one request; `framed` is its body with chunk lengths, where it had them."""
        with self._lock:
            self.seen.append(request)
            fault = self._take_fault(request)
        given = None
        if fault is None or fault.after:
            given = self._forward(request, framed)
            request.upstream = given.status
        if given is None or fault is not None:
            assert fault is not None
            given = _Answer(fault.status, list(fault.headers.items()), fault.body)
        request.status, request.answer = given.status, given.body
        return given

    def ended(self, exchange: Exchange) -> None:
        """The answer is on its way, or its asker is gone."""

    def _take_fault(self, request: Exchange) -> _Fault | None:
        if request.method not in ("POST", "PUT"):
            return None
        for fault in self._faults:
            if fault.times > 0 and request.path.startswith(fault.path or "/"):
                fault.times -= 1
                return fault
        return None

    def _forward(self, request: Exchange, framed: bytes) -> _Answer:
        upstream = http.client.HTTPConnection(self._target.hostname or "", self._target.port)
        upstream.putrequest(request.method, request.path, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers.items():
            if name != "expect":
                upstream.putheader(name, value)
        upstream.endheaders(framed)
        answer = upstream.getresponse()
        body = answer.read()
        upstream.close()
        return _Answer(answer.status, answer.getheaders(), body)


def _handler(proxy: FaultProxy) -> type[Handler]:
    class Passing(Handler):
        def pass_on(self) -> None:
            body, framed = self._read_body()
            headers = {name.lower(): value for name, value in self.headers.items()}
            exchange = Exchange(self.command, self.path, headers, body)
            try:
                self._give(proxy.exchange(exchange, framed))
            finally:
                proxy.ended(exchange)

        def _give(self, answer: _Answer) -> None:
            self.send_response_only(answer.status)
            for name, value in answer.headers:
                if name.lower() not in _OURS:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        def _read_body(self) -> tuple[bytes, bytes]:
            if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                return body, body
            return self._read_chunks()

        def _read_chunks(self) -> tuple[bytes, bytes]:
            parts: list[bytes] = []
            framed: list[bytes] = []
            while True:
                length = self.rfile.readline()
                chunk = self.rfile.read(int(length.partition(b";")[0], 16))
                framed += [length, chunk, self.rfile.readline()]
                if not chunk:
                    return b"".join(parts), b"".join(framed)
                parts.append(chunk)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = pass_on

    return Passing
