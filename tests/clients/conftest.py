"""Fixtures: a proxy per test, and the vendors' own clients as subprocesses behind it."""

import json
import os
import subprocess
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients import environments
from tests.clients.faults import Bench
from tests.clients.proxy import FaultProxy
from tests.conftest import Customer, Local

HERE = Path(__file__).parent
# Driver → the package whose environment it runs in.
DRIVERS = {
    "cruds.py": "cruds",
    "segment_python.py": "segment-analytics-python",
    "segment_node.mjs": "@segment/analytics-node",
    "rudder_python.py": "rudder-sdk-python",
    "moesif_python.py": "moesifapi",
    "moesif_node.cjs": "moesif-nodejs",
    "request.cjs": "request",
}
RunClient = Callable[..., dict[str, Any]]
_partial = pytest.StashKey[set[str]]()


@pytest.fixture
def proxy(local: Local) -> Iterator[FaultProxy]:
    """Everything that a client sends passes here on its way to the local default."""
    with FaultProxy(local.url) as proxy:
        yield proxy


@pytest.fixture
def bench(local: Local, customer: Customer, proxy: FaultProxy) -> Bench:
    return Bench(local, customer, proxy)


@pytest.fixture
def run_client(proxy: FaultProxy, customer: Customer) -> RunClient:
    """`run_client("request.cjs", "stream", FILE="…")` → the JSON line that the driver printed.

    Skips, with the reason, where the driver's package is not on this machine.
    """

    def run(driver: str, scenario: str, **settings: str) -> dict[str, Any]:
        package = DRIVERS[driver]
        if reason := environments.missing(package):
            pytest.skip(reason)
        done = subprocess.run(
            [*environments.command(package), str(HERE / "drivers" / driver), scenario],
            env=_environment(proxy, customer) | settings,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        printed: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return printed

    return run


def _environment(proxy: FaultProxy, customer: Customer) -> dict[str, str]:
    """Of this process only what starts a program: no proxy of this machine, no PYTHONPATH."""
    return {
        "PATH": os.environ["PATH"],
        "NODE_PATH": str(environments.NODE_HOME / "node_modules"),
        "WAYPOST_URL": proxy.url,
        "WAYPOST_TENANT": customer.tenant,
        "WAYPOST_KEY": customer.token,
    }


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The table comes last: it tells what all others proved."""
    items.sort(key=lambda item: item.path == HERE / "test_table.py")
    left_out = {path.name for path in HERE.glob("test_*.py")} - {
        item.path.name for item in items if item.path.parent == HERE
    }
    chosen = {argument for argument in config.args if "::" in argument}
    config.stash[_partial] = left_out | chosen


def pytest_deselected(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == HERE:
            item.config.stash.setdefault(_partial, set()).add(item.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if not report.passed and item.path.parent == HERE:
        item.config.stash.setdefault(_partial, set()).add(item.nodeid)
    return report


@pytest.fixture
def left_out(pytestconfig: pytest.Config) -> set[str]:
    """Test files and tests here that this run left out, skipped or saw fail."""
    return pytestconfig.stash[_partial]
