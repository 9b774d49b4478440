"""Every environment variable that a function reads, in one frozen place."""

import os
from functools import cache

from msgspec import Struct


class Environment(Struct, frozen=True):
    """Names of the stack's resources; empty where a function is not given one."""

    events_table: str
    directory_table: str
    metrics_table: str
    inbox_bucket: str
    lake_bucket: str
    match_queue_url: str
    chunk_queue_url: str
    load_queue_url: str
    aggregate_queue_url: str
    job_queue_url: str
    lake_database: str
    lake_workgroup: str
    function: str
    region: str
    endpoint: str | None


@cache
def environment() -> Environment:
    """The settings of this process, read on first use so that nothing happens at import."""
    env = os.environ.get
    return Environment(
        events_table=env("EVENTS_TABLE", ""),
        directory_table=env("DIRECTORY_TABLE", ""),
        metrics_table=env("METRICS_TABLE", ""),
        inbox_bucket=env("INBOX_BUCKET", ""),
        lake_bucket=env("LAKE_BUCKET", ""),
        match_queue_url=env("MATCH_QUEUE_URL", ""),
        chunk_queue_url=env("CHUNK_QUEUE_URL", ""),
        load_queue_url=env("LOAD_QUEUE_URL", ""),
        aggregate_queue_url=env("AGGREGATE_QUEUE_URL", ""),
        job_queue_url=env("JOB_QUEUE_URL", ""),
        lake_database=env("LAKE_DATABASE", ""),
        lake_workgroup=env("LAKE_WORKGROUP", ""),
        # Set by the runtime.
        function=env("AWS_LAMBDA_FUNCTION_NAME", ""),
        region=env("AWS_REGION", "us-east-1"),
        # Only an emulator sets it, and an empty one would be taken for an address.
        endpoint=env("AWS_ENDPOINT_URL") or None,
    )
