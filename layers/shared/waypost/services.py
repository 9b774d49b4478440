"""The composition root: cached factories, the only place that picks concrete classes.

boto3 is imported inside the factories that need it: the doors never do.
"""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING, Any

from waypost.ports import AggregateStores, MatchStores
from waypost.settings import settings
from waypost.storage.door import DoorBatches, DoorOutbox, DoorRows, DoorTenants, DoorTokens
from waypost.storage.signed import Caller

if TYPE_CHECKING:
    from waypost.archive import Archive
    from waypost.storage.dimensions_table import DynamoDimensions
    from waypost.storage.directory_table import DynamoDirectory
    from waypost.storage.dynamo import Table
    from waypost.storage.events_table import DynamoFeed, DynamoRows
    from waypost.storage.files_table import DynamoBatches, DynamoLedger
    from waypost.storage.inbox_bucket import S3Inbox
    from waypost.storage.lake_bucket import S3Lake
    from waypost.storage.metrics_table import DynamoMetrics
    from waypost.storage.models_table import DynamoModels
    from waypost.storage.runs_table import DynamoRuns, DynamoTokens
    from waypost.storage.schema_table import DynamoSchemas
    from waypost.storage.tenants_table import DynamoTenants


def clock() -> int:
    """Now, in epoch ms."""
    return time.time_ns() // 1_000_000


@cache
def _caller(service: str) -> Caller:
    return Caller(service, region=settings().region, endpoint=settings().endpoint)


@cache
def door_tenants() -> DoorTenants:
    return DoorTenants(_caller("dynamodb"), settings().directory_table)


@cache
def door_tokens() -> DoorTokens:
    return DoorTokens(_caller("dynamodb"), settings().directory_table)


@cache
def door_outbox() -> DoorOutbox:
    return _outbox(settings().match_queue_url, settings().chunk_queue_url)


@cache
def load_outbox() -> DoorOutbox:
    return _outbox(settings().load_queue_url)


@cache
def aggregate_outbox() -> DoorOutbox:
    return _outbox(settings().aggregate_queue_url)


def _outbox(queue_url: str, chunk_queue_url: str = "") -> DoorOutbox:
    return DoorOutbox(
        _caller("sqs"),
        _caller("s3"),
        queue_url=queue_url,
        chunk_queue_url=chunk_queue_url,
        bucket=settings().inbox_bucket,
    )


@cache
def door_rows() -> DoorRows:
    return DoorRows(_caller("dynamodb"), settings().events_table)


@cache
def door_batches() -> DoorBatches:
    return DoorBatches(_caller("dynamodb"), settings().directory_table)


@cache
def _client(service: str) -> Any:
    from waypost.storage import clients

    return clients.client(service, settings())


@cache
def _table(name: str) -> Table:
    from waypost.storage.dynamo import Table

    return Table(_client("dynamodb"), name)


@cache
def directory() -> DynamoDirectory:
    from waypost.storage.directory_table import DynamoDirectory

    return DynamoDirectory(_table(settings().directory_table))


@cache
def rows() -> DynamoRows:
    from waypost.storage.events_table import DynamoRows

    return DynamoRows(_table(settings().events_table))


@cache
def feed() -> DynamoFeed:
    from waypost.storage.events_table import DynamoFeed

    return DynamoFeed(_table(settings().events_table))


@cache
def batches() -> DynamoBatches:
    from waypost.storage.files_table import DynamoBatches

    return DynamoBatches(_table(settings().directory_table))


@cache
def ledger() -> DynamoLedger:
    from waypost.storage.files_table import DynamoLedger

    return DynamoLedger(_table(settings().directory_table))


@cache
def schemas() -> DynamoSchemas:
    from waypost.storage.schema_table import DynamoSchemas

    return DynamoSchemas(_table(settings().directory_table))


@cache
def runs() -> DynamoRuns:
    from waypost.storage.runs_table import DynamoRuns

    return DynamoRuns(_table(settings().directory_table))


@cache
def tokens() -> DynamoTokens:
    from waypost.storage.runs_table import DynamoTokens

    return DynamoTokens(_table(settings().directory_table))


@cache
def tenants() -> DynamoTenants:
    from waypost.storage.tenants_table import DynamoTenants

    return DynamoTenants(_table(settings().directory_table))


@cache
def metrics() -> DynamoMetrics:
    from waypost.storage.metrics_table import DynamoMetrics

    return DynamoMetrics(_table(settings().metrics_table))


@cache
def models() -> DynamoModels:
    from waypost.storage.models_table import DynamoModels

    return DynamoModels(_table(settings().directory_table), directory())


@cache
def dimensions() -> DynamoDimensions:
    from waypost.storage.dimensions_table import DynamoDimensions

    return DynamoDimensions(_table(settings().metrics_table))


@cache
def lake() -> S3Lake:
    from waypost.storage.lake_bucket import S3Lake

    return S3Lake(_client("s3"), settings().lake_bucket)


@cache
def inbox() -> S3Inbox:
    from waypost.storage.inbox_bucket import S3Inbox

    return S3Inbox(_client("s3"), settings().inbox_bucket)


@cache
def archive() -> Archive:
    from waypost.archive import Archive

    return Archive(lake(), metrics())


def match_stores() -> MatchStores:
    return MatchStores(directory(), rows(), ledger(), feed(), lake(), batches(), schemas())


def aggregate_stores() -> AggregateStores:
    return AggregateStores(lake(), metrics(), directory(), rows())
