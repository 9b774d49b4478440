"""The embedded AWS: one ministack process on the loopback address, its state under one folder."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

REGION = "us-east-1"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": REGION,
}
_START_SECONDS = 60
_STOP_SECONDS = 60
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


class Emulator:
    """Starts, answers for and stops one emulator. `url` is its endpoint for every service."""

    def __init__(self, home: Path, port: int | None = None) -> None:
        self._home = home
        self.state = home / "state"
        self._port = port or _port_of(home)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Starts the process and waits until it answers."""
        self.state.mkdir(parents=True, exist_ok=True)
        self._wait_for_the_last_one()
        environment = {
            **os.environ,
            **CREDENTIALS,
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self._port),
            "MINISTACK_REGION": REGION,
            "PERSIST_STATE": "1",
            "S3_PERSIST": "1",
            "STATE_DIR": str(self.state),
            "S3_DATA_DIR": str(self.state / "s3"),
            # Services with listeners of their own, on all addresses.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LOG_LEVEL": os.environ.get("WAYPOST_EMULATOR_LOG", "WARNING"),
        }
        # Its functions get an endpoint from it, and must not be sent to another one.
        environment.pop("AWS_ENDPOINT_URL", None)
        log = (self._home / "emulator.log").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "waypost.local.embedded"],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Ctrl-C in the terminal is for this process alone: it stops the emulator last.
            start_new_session=True,
            preexec_fn=_stop_when_the_parent_dies,
        )
        self._wait()

    def _wait_for_the_last_one(self) -> None:
        """An emulator whose parent was killed is still writing its state, and holds the port."""
        until = time.monotonic() + _STOP_SECONDS
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) != 0:
                    return
            time.sleep(0.1)
        raise RuntimeError(f"port {self._port} is taken; is another `make dev` running here?")

    def _wait(self) -> None:
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            if self._process is None or self._process.poll() is not None:
                break
            try:
                urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=1)
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"the embedded AWS did not start; see {self._home / 'emulator.log'}")

    def stop(self) -> None:
        """Stops the process and waits until its state is on disk."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            # Loses what the tables took since the start, for they are only written down at the end.
            self._process.kill()
        self._process = None


def _port_of(home: Path) -> int:
    """The port of a state folder: kept, since the state knows its queues by URL."""
    kept = home / "emulator.port"
    if not kept.exists():
        kept.write_text(str(free_port()))
    return int(kept.read_text())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _stop_when_the_parent_dies() -> None:
    """Linux: SIGTERM when the parent is killed, so that the state is written all the same."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGTERM)
