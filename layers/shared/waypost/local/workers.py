"""Warm copies of a function: processes that are started when needed and then kept."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections import deque
from pathlib import Path
from typing import IO, Self

from waypost.local.functions import Function
from waypost.local.runtime import FAILED, LENGTH

# More copies than that win nothing, since they share the processors of one machine.
_COPIES = max(4, 2 * (os.cpu_count() or 2))
_START_SECONDS = 60
_BUFFER = 1 << 20


class FunctionFailed(Exception):
    """The function did not start, raised, took too long, or ended in the middle."""


class Worker:
    """One warm copy: answers one event at a time."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer

    @classmethod
    async def start(cls, function: Function, log: Path) -> Self:
        """A copy that has loaded its code. Raises `FunctionFailed` where it cannot."""
        try:
            ours, theirs = socket.socketpair()
            with theirs, log.open("ab") as out:
                process = _spawn(function, theirs, out)
        except OSError as error:  # of files or processes there are no more
            raise FunctionFailed(f"did not start: {error}") from error
        reader, writer = await asyncio.open_connection(sock=ours, limit=_BUFFER)
        worker = cls(process, reader, writer)
        try:
            await worker._read(_START_SECONDS)
        except FunctionFailed:
            worker.stop()
            raise FunctionFailed(f"did not start; see {log}") from None
        return worker

    async def call(self, payload: bytes, seconds: float) -> bytes:
        """What the function returned. After any error but its own the worker is of no more use."""
        self._writer.write(LENGTH.pack(len(payload)) + payload)
        return await self._read(seconds)

    async def _read(self, seconds: float) -> bytes:
        try:
            async with asyncio.timeout(seconds):
                head = await self._reader.readexactly(LENGTH.size + 1)
                data = await self._reader.readexactly(LENGTH.unpack(head[:-1])[0])
        except TimeoutError:
            self.stop()
            raise FunctionFailed(f"Task timed out after {seconds:.2f} seconds") from None
        except (EOFError, OSError):
            self.stop()
            raise FunctionFailed("the process ended in the middle") from None
        if head[-1:] == FAILED:
            raise FunctionFailed(data.decode())
        return data

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """Ends the process at once."""
        self._writer.close()
        self._process.kill()
        self._process.wait()


def _spawn(function: Function, theirs: socket.socket, log: IO[bytes]) -> subprocess.Popen[bytes]:
    """The process of a copy: nothing of AWS in its environment but what Lambda would put there."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    details = {
        "name": function.name,
        "arn": function.arn,
        "handler": function.handler,
        "memory": function.memory,
        "timeout": function.timeout,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "waypost.local.runtime", str(theirs.fileno()), json.dumps(details)],
        env={
            **inherited,
            **function.environment,
            "PYTHONPATH": os.pathsep.join(map(str, function.paths)),
        },
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        pass_fds=[theirs.fileno()],
        # Ctrl-C in the terminal is for the edge, which lets what runs come to its end.
        start_new_session=True,
    )


class Workers:
    """A function's warm copies. They are started one after another while somebody waits, and kept:
    the first event after a pause finds one.
    """

    def __init__(self, function: Function, log: Path) -> None:
        self._function = function
        self._log = log
        self._most = min(_COPIES, function.at_once or _COPIES)
        self._all: set[Worker] = set()
        self._idle: list[Worker] = []
        self._waiting: deque[asyncio.Future[Worker]] = deque()
        self._starting: asyncio.Task[None] | None = None

    async def invoke(self, payload: bytes) -> bytes:
        """What the function returned, as JSON. Raises `FunctionFailed`."""
        worker = await self._take()
        try:
            return await worker.call(payload, self._function.timeout)
        except asyncio.CancelledError:
            worker.stop()  # it is still busy with what nobody waits for
            raise
        finally:
            self._give_back(worker)

    async def warm(self) -> None:
        """Starts the first copy, so that the first event need not wait for it."""
        if not self._all and not self._starting:
            self._starting = asyncio.create_task(self._start())
            await self._starting

    async def _take(self) -> Worker:
        while self._idle:
            if (worker := self._idle.pop()).alive:
                return worker
            self._all.discard(worker)
        waiting: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        self._grow()
        try:
            return await waiting
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled() and not waiting.exception():
                self._give_back(waiting.result())
            raise

    def _give_back(self, worker: Worker) -> None:
        """To whoever has waited longest, or to the idle ones."""
        if not worker.alive:
            self._all.discard(worker)
            self._grow()
            return
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(worker)
                return
        self._idle.append(worker)

    def _grow(self) -> None:
        if self._waiting and not self._starting and len(self._all) < self._most:
            self._starting = asyncio.create_task(self._start())

    async def _start(self) -> None:
        try:
            worker = await Worker.start(self._function, self._log)
        except FunctionFailed as error:
            self._starting = None
            self._fail(error)
            return
        self._starting = None
        self._all.add(worker)
        self._give_back(worker)
        self._grow()

    def _fail(self, error: FunctionFailed) -> None:
        """Nobody waits for a copy that cannot start, unless others are at work."""
        while self._waiting and not self._all:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_exception(error)

    def stop(self) -> None:
        """Ends every copy."""
        for worker in self._all:
            worker.stop()
