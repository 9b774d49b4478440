"""
`make peers`: events a second of `make dev` and of Umami, each with its own storage, in one run.

Both take turns on the same machine with the same client, one event a request and a thousand a
request; the rest of the time both stand idle. Compare the ratio: times are those of the machine.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import urllib3

from tests.benchmarks import http_load, umami
from tests.benchmarks.http_load import Post, Told
from waypost.local.credentials import TENANT, TOKEN
from waypost.local.emulator import free_port

ROOT = Path(__file__).parents[2]
ROUNDS = 3
SECONDS = 5.0
SINGLE, BULK = 1, 1000
CONNECTIONS = {SINGLE: 8, BULK: 2}
# Longer than a server keeps an idle connection.
PAUSE_SECONDS = float(os.environ.get("PEERS_PAUSE", "80"))
_READY_SECONDS = 120
_SETTLE_SECONDS = 300
_BROWSER = {
    "Content-Type": "application/json",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/143.0.0.0 Safari/537.36",
}


@dataclass(slots=True)
class Peer:
    """One of the two: how an event is posted, whose CPU counts, and what its loads came to."""

    name: str
    posts: dict[int, Post]
    processes: list[int]
    stored: Callable[[], int]
    told: dict[int, Told] = field(default_factory=dict)
    spent: dict[int, float] = field(default_factory=dict)
    first: float = 0.0
    sent: int = 0

    def load(self, size: int, seconds: float) -> None:
        """One round of a load: what it came to, and what CPU was spent until all was stored."""
        before = self._cpu()
        told = http_load.run(self.posts[size], connections=CONNECTIONS[size], seconds=seconds)
        self.sent += told.events
        self.settle()
        self.told.setdefault(size, Told()).add(told)
        self.spent[size] = self.spent.get(size, 0.0) + self._cpu() - before

    def settle(self) -> None:
        """Waits until every event that was taken is stored: none may be lost by being quick."""
        until = time.monotonic() + _SETTLE_SECONDS
        while (stored := self.stored()) != self.sent:
            if time.monotonic() > until:
                raise RuntimeError(f"{self.name} took {self.sent} events and stored {stored}")
            time.sleep(2)

    def ask_once(self) -> None:
        """How long the first event after a pause takes."""
        (self.first,) = http_load.run(self.posts[SINGLE], connections=1, seconds=0).times
        self.sent += 1
        self.settle()

    def _cpu(self) -> float:
        return sum(map(http_load.cpu, self.processes))

    def row(self, size: int, peer: "Peer") -> str:
        told, spent = self.told[size], self.spent[size]
        times = sorted(told.times)
        return (
            f"  {self.name:<8} {told.a_second:>9,.0f} events/s  {_ratio(told, peer.told[size])} "
            f"  {spent / told.events * 1e6:>7,.0f} µs CPU/event"
            f"   median {times[len(times) // 2] * 1e3:,.1f} ms a request"
            f"{f', {told.failures} failed' if told.failures else ''}"
        )


def _ratio(told: Told, other: Told) -> str:
    return f"{told.a_second / other.a_second:>6.1f} ×"


def main() -> None:
    try:
        umami.install()
    except umami.Missing as why:
        print(f"skipped: Umami {umami.VERSION}: {why}")
        return
    with TemporaryDirectory() as folder, _waypost(Path(folder)) as ours, _umami(Path(folder)) as it:
        for peer in (ours, it):
            peer.load(SINGLE, 3)
            peer.told.clear()
        for _ in range(ROUNDS):
            for peer in (ours, it):
                peer.load(SINGLE, SECONDS)
        for peer in (ours, it):
            peer.load(BULK, SECONDS)
        time.sleep(PAUSE_SECONDS)
        for peer in (ours, it):
            peer.ask_once()
        print(_report(ours, it))


@contextmanager
def _waypost(home: Path) -> Iterator[Peer]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "WAYPOST_HOME": str(home / "state"), "WAYPOST_PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, "-m", "waypost.local"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        _healthy(f"{url}/health")
        one = Post(f"{url}/analytics/{TENANT}", json.dumps(_activity(0)).encode(), SINGLE)
        many = json.dumps([_activity(number) for number in range(BULK)]).encode()
        posts = {SINGLE: one, BULK: Post(f"{url}/analytics/bulk/{TENANT}", many, BULK)}
        yield Peer("Waypost", posts, [process.pid], lambda: _received(url))
    finally:
        process.terminate()
        process.wait(60)


def _activity(number: int) -> dict[str, Any]:
    return {
        "externalId": f"u-{number}",
        "companyExternalId": f"c-{number % 50}",
        "action": "Signed up",
        "info": {"plan": "pro", "page": "/pricing"},
    }


def _received(url: str) -> int:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    where = f"{url}/api/v1/ledger?limit=1"
    answer = urllib3.request("GET", where, headers=headers, timeout=120)
    return int(answer.json()["counts"]["received"])


@contextmanager
def _umami(home: Path) -> Iterator[Peer]:
    with umami.running(home) as (url, processes, database):
        one = Post(f"{url}/api/send", json.dumps(_page_event(0)).encode(), SINGLE, _BROWSER)
        many = json.dumps([_page_event(number) for number in range(BULK)]).encode()
        posts = {SINGLE: one, BULK: Post(f"{url}/api/batch", many, BULK, _BROWSER)}
        yield Peer("Umami", posts, processes, database.events)


def _page_event(number: int) -> dict[str, Any]:
    return {
        "type": "event",
        "payload": {
            "website": umami.WEBSITE,
            "id": f"u-{number}",
            "hostname": "acme.example",
            "url": "/pricing",
            "name": "Signed up",
            "data": {"plan": "pro", "page": "/pricing"},
        },
    }


def _healthy(url: str) -> None:
    until = time.monotonic() + _READY_SECONDS
    while time.monotonic() < until:
        try:
            if urllib3.request("GET", url, retries=False).status == 200:
                return
        except urllib3.exceptions.HTTPError:
            time.sleep(0.2)
    raise RuntimeError(f"nothing answers at {url}")


def _report(ours: Peer, it: Peer) -> str:
    parts = []
    for size, title in {SINGLE: "One event a request", BULK: "1,000 events a request"}.items():
        parts.append(f"{title}, {CONNECTIONS[size]} connections")
        parts += [peer.row(size, it) for peer in (it, ours)]
    parts.append(f"First event after {PAUSE_SECONDS:.0f} s of rest")
    parts += [f"  {peer.name:<8} {peer.first * 1e3:>7.1f} ms" for peer in (it, ours)]
    return "\n".join(parts)


if __name__ == "__main__":
    main()
