"""boto3 clients: one session, short timeouts, single tries, inputs not validated twice."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from waypost.environment import Environment

_CONFIG = Config(
    connect_timeout=1,
    # botocore would wait 60 s for an answer; the gateway gives up after 29. With the connection it
    # is less than `Deadline` keeps back, so the last try still ends in time.
    read_timeout=5,
    # `Calls` tries again: it knows how much time is left, and more kinds of refusal.
    retries={"mode": "standard", "total_max_attempts": 1},
    max_pool_connections=64,
    parameter_validation=False,  # AWS checks every call anyway
    # The emulator knows no bucket by its host name.
    s3={"addressing_style": "path"},
)


@cache
def _session() -> boto3.session.Session:
    return boto3.session.Session()


def client(service: str, settings: Environment) -> Any:
    """A low-level client of one service."""
    return _session().client(
        service,
        region_name=settings.region,
        endpoint_url=settings.endpoint,
        config=_CONFIG,
    )
