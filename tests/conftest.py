"""Shared fixtures: the local default, started once for all suites that need real parts."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import hypothesis
import pytest
import urllib3

from tests import effort, workers
from waypost.local import demo, stack
from waypost.local.emulator import REGION, free_port
from waypost.storage.dynamo import Table
from waypost.storage.sigv4 import Caller
from waypost.storage.tenants_table import DynamoTenants
from waypost.storage.tokens_table import DynamoTokens
from waypost.tenants import Tenant
from waypost.tokens import Grant, new

T = TypeVar("T")
ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"

# The same examples in every run, but for the nights; a busy machine may be slow over any of them.
hypothesis.settings.register_profile(
    "waypost",
    deadline=None,
    derandomize=effort.LEVEL != "soak",
    max_examples=effort.times(20, 100, 1000),
)
hypothesis.settings.load_profile("waypost")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> workers.Suites:
    return workers.Suites(config, log)


@dataclass(frozen=True)
class Customer:
    """A fresh tenant with its token: suites do not see each other's events."""

    tenant: str
    token: str


class Local:
    """A running local default, as a user reaches it over HTTP, and its AWS behind it."""

    def __init__(
        self,
        url: str,
        aws: str,
        outputs: dict[str, str],
        process: subprocess.Popen[bytes],
        home: Path,
    ) -> None:
        self.home = home
        self.url = url
        self.process = process
        self.aws = aws
        self.outputs = outputs
        self.http = urllib3.PoolManager(maxsize=16, retries=False)

    def client(self, service: str) -> Any:
        return stack.client(service, self.aws)

    def caller(self, service: str) -> Caller:
        """What a door calls AWS with; takes its credentials from the environment."""
        return Caller(service, region=REGION, endpoint=self.aws)

    def customer(self, **settings: Any) -> Customer:
        directory = Table(self.client("dynamodb"), self.outputs["DirectoryTable"])
        tenant, token = str(uuid4()), new()
        DynamoTenants(directory).put(Tenant(tenant, **settings))
        DynamoTokens(directory).put(token, Grant(tenant, frozenset({"read", "write", "admin"})))
        return Customer(tenant, token)

    def send(
        self, method: str, path: str, body: bytes | Any = b"", **headers: str
    ) -> tuple[int, Any, dict[str, str]]:
        """(status, decoded JSON or text, headers) of one request."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.http.request(method, self.url + path, body=data, headers=named)
        text = answer.data.decode()
        received = {name.lower(): value for name, value in answer.headers.items()}
        return answer.status, _json_or_text(text), received

    def get(self, customer: Customer, path: str) -> Any:
        """An answer of the read API."""
        token = f"Bearer {customer.token}"
        status, body, _ = self.send("GET", f"/api/v1/{path}", Authorization=token)
        assert status == 200, (status, body)
        return body

    def aggregate(self, customer: Customer) -> Any:
        """Runs the hourly job for one tenant at once, and waits for it."""
        token = f"Bearer {customer.token}"
        status, run, _ = self.send("POST", "/api/v1/aggregate", Authorization=token)
        assert status == 202, (status, run)
        return eventually(
            lambda: self.get(customer, f"runs/{run['id']}"), lambda r: r["status"] == "done"
        )

    def counts(self, customer: Customer) -> dict[str, int]:
        counts: dict[str, int] = self.get(customer, "ledger?limit=1")["counts"]
        # Who is unassigned was stored all the same.
        parts = (counts[name] for name in ("stored", "duplicate", "rejected", "ignored"))
        assert counts["received"] == sum(parts)
        assert counts["unassigned"] <= counts["stored"]
        return counts

    def settled(self, customer: Customer, received: int) -> dict[str, int]:
        """The ledger once that many items have been received and judged."""
        return eventually(lambda: self.counts(customer), lambda c: c["received"] >= received)


def eventually(read: Callable[[], T], holds: Callable[[T], object], seconds: float = 180) -> T:
    """The first value for which `holds`, or a failure that shows the last one.

    A busy machine may take its time: `seconds` are for what never comes.
    """
    until = time.monotonic() + seconds
    while True:
        value = read()
        if holds(value):
            return value
        assert time.monotonic() < until, f"not within {seconds} s; last: {value}"
        time.sleep(0.1)


@contextmanager
def running(home: Path) -> Iterator[Local]:
    """A local default on ports of its own, with its state in `home`."""
    port = free_port()
    environment = {**os.environ, "WAYPOST_HOME": str(home), "WAYPOST_PORT": str(port)}
    with (home / "dev.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "waypost.local"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            eventually(lambda: _healthy(url, process), bool)
            details = json.loads((home / "local.json").read_text())
            ready = Local(url, details["aws"], details["outputs"], process, home)
            _unscheduled(ready)
            yield ready
        finally:
            process.terminate()
            process.wait(60)


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    """One local default for the whole session."""
    with running(tmp_path_factory.mktemp("waypost")) as local_default:
        yield local_default


@pytest.fixture
def customer(local: Local) -> Customer:
    """A fresh tenant."""
    return local.customer()


@pytest.fixture
def demo_customer() -> Customer:
    """The demo tenant."""
    return Customer(demo.TENANT, demo.TOKEN)


def _unscheduled(local: Local) -> None:
    """Tests run the hourly job themselves; at five past it would start for all their tenants."""
    events = local.client("events")
    for rule in events.list_rules()["Rules"]:
        if "ScheduleExpression" in rule:
            events.disable_rule(Name=rule["Name"])


def _healthy(url: str, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "the local default ended; see dev.log"
    try:
        return urllib3.request("GET", f"{url}/health", retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
