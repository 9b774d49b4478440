"""What everything in this process shares: its clock, its deadline, and its ways to AWS.

boto3 is imported inside the factories that need it: the doors never do.
"""

from __future__ import annotations

import time
from functools import cache, wraps
from typing import TYPE_CHECKING, Any

from waypost.deadline import Deadline
from waypost.environment import environment
from waypost.ingest import pace
from waypost.storage.sigv4 import Caller

if TYPE_CHECKING:
    from collections.abc import Callable

    from waypost.deadline import Context
    from waypost.storage.dynamo import Table

    Handler = Callable[[dict[str, Any], Context], dict[str, Any]]


def clock() -> int:
    """Now, in epoch ms."""
    return time.time_ns() // 1_000_000


@cache
def deadline() -> Deadline:
    """The one by which everything in this process tries again; a handler begins its runs."""
    return Deadline()


def in_time(handler: Handler) -> Handler:
    """A handler of a queue, each of whose invocations is a run of the deadline."""

    @wraps(handler)
    def timed(event: dict[str, Any], context: Context) -> dict[str, Any]:
        remaining_ms = context.get_remaining_time_in_millis()
        with deadline().run(remaining_ms, reserve=pace.RESERVE_MS / 1000):
            return handler(event, context)

    return timed


@cache
def caller(service: str) -> Caller:
    # One for each service, whose open connections outlive the request as long as Lambda stays warm.
    region, endpoint = environment().region, environment().endpoint
    return Caller(service, region=region, endpoint=endpoint, deadline=deadline())


@cache
def client(service: str) -> Any:
    from waypost.storage import clients

    return clients.client(service, environment())


@cache
def table(name: str) -> Table:
    from waypost.storage.dynamo import Table

    return Table(client("dynamodb"), name, deadline=deadline())
