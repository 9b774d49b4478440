"""What the suites of the command line share: how it is run, and a file for it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.conftest import Customer, Local

COMMAND = [sys.executable, "-m", "waypost.cli"]
ROWS = """cId,email,name,action,date,count
acme,ann@acme.com,Ann Lee,Logged in,2026-11-01,1
acme,bob@acme.com,Bob,Logged in,2026-11-01,2
umbrella,cat@umbrella.org,Cat,Report sent,2026-11-02,1
"""
Run = Callable[..., subprocess.CompletedProcess[str]]


def pointed_at(local: Local, customer: Customer) -> dict[str, str]:
    place = {"WAYPOST_URL": local.url, "WAYPOST_HOME": str(local.home)}
    who = {"WAYPOST_TENANT": customer.tenant, "WAYPOST_TOKEN": customer.token}
    return {**os.environ, **place, **who}


def in_folder(folder: Path, environment: dict[str, str]) -> Run:
    """What runs a command in a folder."""

    def run(*arguments: str, stdin: bytes = b"", **more: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*COMMAND, *arguments],
            check=False,
            cwd=folder,
            env=environment | more,
            input=stdin,
            capture_output=True,
            timeout=240,
        )
        texts = done.stdout.decode(), done.stderr.decode()
        return subprocess.CompletedProcess(arguments, done.returncode, *texts)

    return run
