"""One built function as a process of the Lambda Runtime Interface Emulator: no Docker, no image."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self

import urllib3

from tests.rie.build import Tools

_START_SECONDS = 20
_STOP_SECONDS = 20
_GRACE_SECONDS = 30


class FunctionFailed(Exception):
    """The function raised, timed out or did not start; the message holds its answer and its log."""


class Function:
    """A function in one emulator process. One call at a time, as in one Lambda environment."""

    def __init__(
        self,
        tools: Tools,
        folder: Path,
        *,
        log: Path,
        layer: Path | None = None,
        environment: Mapping[str, str] | None = None,
        timeout: int = 15,
    ) -> None:
        self._tools = tools
        self._folder = folder
        self._log = log
        self._timeout = timeout
        self._paths = [folder, *([layer / "python"] if layer else []), tools.runtime]
        self._environment = dict(environment or {})
        self._slot = Lock()

    def __enter__(self) -> Self:
        self._port, runtime = _free_ports()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    self._tools.emulator,
                    # Without this it listens on every interface of the machine.
                    *("--runtime-interface-emulator-address", f"127.0.0.1:{self._port}"),
                    *("--runtime-api-address", f"127.0.0.1:{runtime}"),
                    *("--log-level", "error"),
                    *(self._tools.python, "-m", "awslambdaric", "handler.lambda_handler"),
                ],
                cwd=self._folder,
                env=self._whole_environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(_STOP_SECONDS)

    def invoke(self, event: Any) -> Any:
        """The function's answer. Raises `FunctionFailed`: the emulator answers 200 even then."""
        url = f"http://127.0.0.1:{self._port}/2015-03-31/functions/function/invocations"
        with self._slot:
            try:
                answer = urllib3.request(
                    "POST",
                    url,
                    body=json.dumps(event).encode(),
                    timeout=self._timeout + _GRACE_SECONDS,
                    retries=False,
                )
            except urllib3.exceptions.HTTPError as error:
                raise self._failure(repr(error)) from error
        return self._read(answer.status, answer.data.decode())

    def logged(self) -> list[str]:
        """The lines that the function has written so far."""
        return self._log.read_text().splitlines()

    def _read(self, status: int, text: str) -> Any:
        try:
            value = json.loads(text)
        except ValueError:
            raise self._failure(text) from None
        failed = isinstance(value, dict) and {"errorType", "errorMessage"} & value.keys()
        if status != 200 or failed:
            raise self._failure(text)
        return value

    def _failure(self, text: str) -> FunctionFailed:
        return FunctionFailed(f"{self._folder.name}: {text}\n{self._log.read_text()[-4000:]}")

    def _wait(self) -> None:
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        self._process.kill()
        raise self._failure("the emulator did not start")

    def _whole_environment(self) -> dict[str, str]:
        """What Lambda sets, and nothing of this machine but PATH."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "LAMBDA_TASK_ROOT": str(self._folder),
            "PYTHONPATH": os.pathsep.join(map(str, self._paths)),
            # Lambda's folders are read-only: nothing is compiled into them.
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONNOUSERSITE": "1",
            "AWS_LAMBDA_FUNCTION_NAME": self._folder.name,
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(self._timeout),
            **self._environment,
        }


def _free_ports() -> tuple[int, int]:
    """Two ports that were free together a moment ago."""
    with socket.socket() as emulator, socket.socket() as runtime:
        emulator.bind(("127.0.0.1", 0))
        runtime.bind(("127.0.0.1", 0))
        return int(emulator.getsockname()[1]), int(runtime.getsockname()[1])
