"""
A small HTTP client of a running Waypost, over urllib3: what the command line speaks through.

A call that the network or AWS did not take is sent again, after full jitter and no sooner than
`Retry-After` asks. A file is streamed in constant memory.
"""

import json
import os
import random
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast
from urllib.parse import quote, urlencode

import urllib3
from urllib3.exceptions import HTTPError, InvalidHeader

MAX_UPLOAD = 5 * 1024**3
RUN_SECONDS = 900.0
_TRIES = 5
_REFUSED = 300
_RETRIED = frozenset({429, 500, 502, 503, 504})
_LONGEST_WAIT = 60.0
_POLL_SECONDS = 0.2
_BLOCK = 1 << 18
_BECAME_A_JOB = {"job", "status", "href"}
_TIMEOUT = urllib3.Timeout(connect=5.0, read=120.0)
_XML = re.compile(r"<(Code|Message)>(.*?)</\1>", re.DOTALL)

Answer = dict[str, Any]
Progress = Callable[[int, int], None]


class ClientError(Exception):
    """A call that failed for good: the answer's status, its stable code, words for a person."""

    def __init__(self, message: str, *, status: int = 0, code: str = "error") -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code


class Unreachable(ClientError):
    """Nothing answered at all."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="unreachable")


class Client:
    """One tenant's door and read API. An open door needs no token, reading needs no tenant."""

    def __init__(
        self,
        url: str,
        tenant: str = "",
        token: str = "",
        *,
        pool: urllib3.PoolManager | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = url.rstrip("/")
        self._tenant = quote(tenant, safe="")
        self._bearer = {"Authorization": f"Bearer {token}"} if token else {}
        self._pool = pool or urllib3.PoolManager(timeout=_TIMEOUT, retries=False, blocksize=_BLOCK)
        self._sleep = sleep

    def read(self, path: str, **query: object) -> Answer:
        """One answer of the read API, `path` without `/api/v1/`; a list is a parameter given as
        often. What takes long is waited for: a quarter of an hour, and its answer fetched. Raises
        `ClientError`.
        """
        asked = {name: value for name, value in query.items() if value is not None}
        text = f"?{urlencode(asked, doseq=True)}" if asked else ""
        answer = self._json("GET", f"/api/v1/{path}{text}", self._bearer)
        return self._of_job(answer["job"]) if answer.keys() == _BECAME_A_JOB else answer

    def _of_job(self, id: str) -> Answer:
        """The answer of a question that goes on as a job."""
        job = self._polled(f"jobs/{quote(id, safe='')}", {"status": "queued"}, RUN_SECONDS)
        if job["status"] == "failed":
            raise ClientError(job["reason"], code="job_failed")
        # Without the token: the URL is the permission, and S3 refuses a request with two.
        answer: Answer = json.loads(self._send("GET", job["url"], {}).data)
        return answer

    def _polled(self, path: str, state: Answer, patience: float) -> Answer:
        """Something under the read API, in that state, once it is done or failed."""
        until = time.monotonic() + patience
        while state["status"] not in ("done", "failed"):
            if time.monotonic() > until:
                thing = path.replace("s/", " ", 1)
                raise ClientError(f"{thing} has not ended within {patience:.0f} seconds")
            self._sleep(_POLL_SECONDS)
            state = self.read(path)
        return state

    def aggregate(self, *, patience: float = RUN_SECONDS) -> Answer:
        """Runs the hourly job now and waits for its end; the run's record."""
        return self._ended(self._json("POST", "/api/v1/aggregate", self._bearer), patience)

    def replay(self, *, inbox: bool = False, patience: float = RUN_SECONDS) -> Answer:
        """Makes everything anew of what is kept, with `inbox` of the files as well; the record of
        the run that does it, with the number of `files` that are loaded again.
        """
        query = "?inbox=true" if inbox else ""
        run = self._json("POST", f"/api/v1/replay{query}", self._bearer)
        return self._ended(run, patience) | {"files": run["files"]}

    def _ended(self, run: Answer, patience: float) -> Answer:
        return self._polled(f"runs/{quote(run['id'], safe='')}", run, patience)

    def batch(self, id: str) -> Answer:
        """How far a batch is, with its first 1,000 row errors."""
        return self._json("GET", f"/analytics/batches/{self._tenant}/{quote(id, safe='')}")

    def answer(self, id: str, reading: Answer) -> Answer:
        """Tells a batch that waits how it is to be read; the batch, on its way again."""
        path = f"/analytics/batches/{self._tenant}/{quote(id, safe='')}"
        return self._json("POST", path, body=_told(reading))

    def upload(
        self, source: BinaryIO, progress: Progress | None = None, reading: Answer | None = None
    ) -> str:
        """Sends a file of any size through the upload door; the id of its batch.

        `progress` is told (bytes sent, bytes in all). `reading` says how a CSV is to be read, in
        the words of a `mapping.json`. A stream of unknown size is spooled first.
        """
        with seekable(source) as stream:
            start = stream.tell()
            size = stream.seek(0, os.SEEK_END) - start
            if size > MAX_UPLOAD:
                raise ClientError("the file is larger than 5 GB; gzip it, or split it")
            place = self._json("POST", f"/analytics/uploads/{self._tenant}", body=_told(reading))
            # Without the token: the URL is the permission, and S3 refuses a request with two.
            length = {"Content-Length": str(size)}
            self._send("PUT", place["url"], length, lambda: _Metered(stream, size, progress, start))
            return str(place["batch"])

    def _json(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        answer = self._send(method, self.url + path, headers or {}, lambda: body or None)
        fields = _object(answer.data)
        if fields is None:
            raise ClientError(f"{self.url} answers, but not as Waypost does", status=answer.status)
        return fields

    def _send(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        body: Callable[[], Any] = lambda: None,
    ) -> urllib3.BaseHTTPResponse:
        """A successful answer; `body` makes the body anew for each try. Raises `ClientError`."""
        # Each call may safely be made twice: a second upload URL is never used, and a second run
        # of the hourly job, like the same file again, changes no number.
        attempt = 0
        while True:
            attempt, asked = attempt + 1, 0.0
            try:
                answer = self._pool.request(
                    method, url, body=body(), headers=headers, redirect=False
                )
            except HTTPError as error:
                if attempt == _TRIES:
                    raise Unreachable(f"nothing answers at {url.partition('?')[0]}") from error
            else:
                if answer.status < _REFUSED:
                    return answer
                if answer.status not in _RETRIED or attempt == _TRIES:
                    raise _failure(answer)
                asked = _seconds_asked(answer)
            # Jitter also on top of what the server asks, or all its clients come back at once.
            self._sleep(asked + random.uniform(0, 0.1 * 2**attempt))


class _Metered:
    """A stream from `start` on, in blocks, that tells how far it is."""

    def __init__(self, stream: BinaryIO, size: int, progress: Progress | None, start: int) -> None:
        stream.seek(start)
        self._stream = stream
        self._size = size
        self._progress = progress
        self._done = 0

    def read(self, amount: int = _BLOCK) -> bytes:
        # Never beyond the announced length: the file may be growing.
        data = self._stream.read(min(amount, self._size - self._done))
        self._done += len(data)
        if self._progress:
            self._progress(self._done, self._size)
        return data


@contextmanager
def seekable(stream: BinaryIO) -> Iterator[BinaryIO]:
    """The stream itself, or where it is a pipe, a copy of it on disk."""
    if stream.seekable():
        yield stream
        return
    with tempfile.TemporaryFile() as spool:
        shutil.copyfileobj(stream, spool, _BLOCK)
        spool.seek(0)
        yield cast(BinaryIO, spool)


def _told(reading: Answer | None) -> bytes:
    return json.dumps({"reading": reading}).encode() if reading else b""


def _seconds_asked(answer: urllib3.BaseHTTPResponse) -> float:
    """How long `Retry-After` asks to wait, as seconds or as a date; 0 where it says nothing."""
    try:
        asked = urllib3.Retry().get_retry_after(answer) or 0.0
    except (InvalidHeader, ValueError, OverflowError):
        return 0.0
    return min(asked, _LONGEST_WAIT)


def _failure(answer: urllib3.BaseHTTPResponse) -> ClientError:
    """The error of an answer, worded by Waypost (JSON) or by S3 (XML)."""
    fields = _object(answer.data)
    if fields is None:
        text = answer.data.decode("utf-8", "replace")
        fields = {name.lower(): value for name, value in _XML.findall(text)}
    message = str(fields.get("message") or f"the answer was {answer.status} {answer.reason or ''}")
    code = str(fields.get("code") or answer.status)
    return ClientError(message.strip(), status=answer.status, code=code)


def _object(data: bytes) -> Answer | None:
    try:
        value = json.loads(data)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
