"""What the suites of the command line share: how it is run, and a file for it."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import Customer, Local

COMMAND = [sys.executable, "-m", "waypost.cli"]
ROWS = """cId,email,name,action,date,count
acme,ann@acme.com,Ann Lee,Logged in,2026-11-01,1
acme,bob@acme.com,Bob,Logged in,2026-11-01,2
umbrella,cat@umbrella.org,Cat,Report sent,2026-11-02,1
"""
Run = Callable[..., subprocess.CompletedProcess[str]]


def by_day(local: Local, customer: Customer, year: int) -> Counter[str]:
    """How many events there are on each day of a year, as the read API counts them."""
    local.aggregate(customer)
    span = f"from={year}-01-01&to={year + 1}-01-01"
    series = local.get(customer, f"metrics?metric=events&{span}")["series"]
    return Counter({point["at"][:10]: point["value"] for point in series if point["value"]})


def pointed_at(local: Local, customer: Customer) -> dict[str, str]:
    place = {"WAYPOST_URL": local.url, "WAYPOST_HOME": str(local.home)}
    who = {"WAYPOST_TENANT": customer.tenant, "WAYPOST_TOKEN": customer.token}
    return {**os.environ, **place, **who}


@contextmanager
def started(
    *arguments: str, environment: dict[str, str], folder: Path | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A command that somebody at a terminal may end with Ctrl-C; gone afterwards in any case."""
    # Where the tests run in the background they ignore it, and so would what they start.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        env=environment,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    signal.signal(signal.SIGINT, before)
    with process:
        try:
            yield process
        finally:
            process.kill()


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
