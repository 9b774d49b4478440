"""boto3 clients: one session, short timeouts, bounded retries, inputs not validated twice."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from waypost.environment import Environment

_CONFIG = Config(
    connect_timeout=2,
    # botocore would wait 60 s for an answer; the gateway gives up after 29.
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 5},
    max_pool_connections=16,
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
