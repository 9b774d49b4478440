"""The command line as a process of its own, pointed at a fresh tenant of the local default."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Customer, Local
from tests.e2e.commandline import COMMAND, Run


@pytest.fixture
def environment(local: Local, customer: Customer) -> dict[str, str]:
    """What points the command line at a fresh tenant of the local default."""
    place = {"WAYPOST_URL": local.url, "WAYPOST_HOME": str(local.home)}
    who = {"WAYPOST_TENANT": customer.tenant, "WAYPOST_TOKEN": customer.token}
    return {**os.environ, **place, **who}


@pytest.fixture
def waypost(environment: dict[str, str], tmp_path: Path) -> Run:
    """Runs a command in an empty folder; what it printed and its exit code."""

    def run(*arguments: str, stdin: bytes = b"", **more: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*COMMAND, *arguments],
            check=False,
            cwd=tmp_path,
            env=environment | more,
            input=stdin,
            capture_output=True,
            timeout=240,
        )
        texts = done.stdout.decode(), done.stderr.decode()
        return subprocess.CompletedProcess(arguments, done.returncode, *texts)

    return run
