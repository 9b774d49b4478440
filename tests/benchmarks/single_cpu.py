"""
CPU of one event that comes alone, as the browser sends it: of its door, and of `match` where a
hundred such events meet in a batch.

The door is the real handler with its real stores, in a process of its own, whose calls go to a
server that does nothing. Beside it, in the same interleaved rounds, what no door could leave out:
the event is parsed and two bodies of that size go out over connections that stay open. Without
TLS, and without what Lambda's runtime itself does.
"""

import base64
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from random import Random
from typing import Any
from uuid import uuid4

from functions.planhat import handler as planhat_door
from tests.benchmarks import world
from tests.benchmarks.meter import Meter
from tests.benchmarks.mixes import BROWSER, PEOPLE
from tests.benchmarks.single_sink import TENANT
from waypost import services

EVENTS, ROUNDS = 300, 9
BATCH, BATCHES = 100, 7
_MODULE = "tests.benchmarks.single_cpu"
_VARIABLES = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "t" * 400,
    "EVENTS_TABLE": "events",
    "DIRECTORY_TABLE": "directory",
    "MATCH_QUEUE_URL": "http://queue",
    "POWERTOOLS_LOG_LEVEL": "WARNING",
}


def report() -> str:
    """On a running stack, for `match`."""
    bare, door = _doors()
    match = _match()
    rows = [
        f"  {name:<24}{ms:>7.2f} ms{ms / bare:>7.2f} × bare"
        for name, ms in (("bare", bare), ("door", door), ("match", match), ("both", door + match))
    ]
    head = f"One event alone, CPU, best of {ROUNDS} interleaved rounds; match at {BATCH} a batch"
    return "\n".join([head, *rows])


def _doors() -> tuple[float, float]:
    """Milliseconds of the bare work and of the door, for one event."""
    with _sink() as port:
        environment = {**os.environ, **_VARIABLES, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
        told = subprocess.check_output([sys.executable, "-m", _MODULE, str(port)], env=environment)
    bare, door = json.loads(told)
    return bare, door


@contextmanager
def _sink() -> Iterator[int]:
    command = [sys.executable, "-m", "tests.benchmarks.single_sink"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def _match() -> float:
    """Milliseconds of `match` for one event, among users who are known."""
    tenant, drawn = str(uuid4()), PEOPLE[0].drawn(1)
    world.add_tenant(tenant)
    best = float("inf")
    for _ in range(BATCHES):
        door = Meter()
        with door.running():
            for _ in range(BATCH):
                world.post("planhat", tenant, BROWSER.request(drawn, services.clock()))
        best = min(best, world.matched(tenant, door.messages).cpu)
    return best / BATCH * 1000


def measured(port: int) -> list[float]:
    """Milliseconds for one event: of the bare work, and of the door."""
    works = [_bare(port), _door()]
    best = [float("inf")] * len(works)
    for _ in range(ROUNDS):
        for n, work in enumerate(works):
            best[n] = min(best[n], _seconds(work))
    return [seconds / EVENTS * 1000 for seconds in best]


def _seconds(work: Callable[[dict[str, Any]], None]) -> float:
    events = [_event() for _ in range(EVENTS)]
    begun = time.process_time()
    for event in events:
        work(event)
    return time.process_time() - begun


def _door() -> Callable[[dict[str, Any]], None]:
    def post(event: dict[str, Any]) -> None:
        answer = planhat_door.lambda_handler(event, world.CONTEXT)
        assert json.loads(answer["body"]) == {"processed": 1, "errors": []}

    return post


def _bare(port: int) -> Callable[[dict[str, Any]], None]:
    ways = [http.client.HTTPConnection("127.0.0.1", port) for _ in range(2)]

    def post(event: dict[str, Any]) -> None:
        body = base64.b64decode(event["body"])
        json.loads(body)
        for way in ways:
            way.request("POST", "/", b'{"Entries":[{"Id":"0","MessageBody":%s}]}' % body)
            way.getresponse().read()

    return post


_numbers, _chance = count(), Random(1)


def _event() -> dict[str, Any]:
    """A request of the browser script, with the headers that browsers and gateways add."""
    item = BROWSER.item(f"user-{next(_numbers)}", "account-1", services.clock())
    headers = {
        "Accept": "*/*",
        "Accept-Encoding": "gzip, deflate, br, zstd",
        "Accept-Language": "en-GB,en;q=0.9",
        "Content-Type": "text/plain;charset=UTF-8",
        "Host": "abcde12345.execute-api.us-east-1.amazonaws.com",
        "Origin": "https://app.example.com",
        "Referer": "https://app.example.com/",
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0 Safari/537.36",
        "X-Amzn-Trace-Id": "Root=1-673dd0c0-0123456789abcdef01234567",
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    return {
        "resource": "/analytics/{tenant}",
        "path": f"/analytics/{TENANT}",
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"tenant": TENANT},
        "requestContext": {
            "requestId": f"{_chance.getrandbits(128):032x}",
            "requestTimeEpoch": services.clock(),
        },
        "isBase64Encoded": True,
        "body": base64.b64encode(json.dumps(item).encode()).decode(),
    }


if __name__ == "__main__":
    print(json.dumps(measured(int(sys.argv[1]))))
