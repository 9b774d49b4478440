"""What doors take events with, and the queues that they hand them to."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from waypost.environment import environment
from waypost.ingest.ports import DoorStores
from waypost.services import process
from waypost.storage.lean_stores import DoorBatches, DoorRows, DoorTenants, DoorTokens, Queue

if TYPE_CHECKING:
    from waypost.storage.deliveries import SqsDeliveries


@cache
def door_tenants() -> DoorTenants:
    return DoorTenants(process.caller("dynamodb"), environment().directory_table)


@cache
def door_tokens() -> DoorTokens:
    return DoorTokens(process.caller("dynamodb"), environment().directory_table)


@cache
def door_outbox() -> Queue:
    return _outbox(environment().match_queue_url, environment().chunk_queue_url)


@cache
def load_outbox() -> Queue:
    return _outbox(environment().load_queue_url)


@cache
def aggregate_outbox() -> Queue:
    return _outbox(environment().aggregate_queue_url)


@cache
def job_outbox() -> Queue:
    return _outbox(environment().job_queue_url)


def _outbox(queue_url: str, chunk_queue_url: str = "") -> Queue:
    return Queue(
        process.caller("sqs"),
        process.caller("s3"),
        queue_url=queue_url,
        chunk_queue_url=chunk_queue_url,
        bucket=environment().inbox_bucket,
    )


@cache
def deliveries() -> SqsDeliveries:
    from waypost.storage.deliveries import SqsDeliveries

    here = environment()
    queues = [here.match_queue_url, here.chunk_queue_url]
    queues += [here.load_queue_url, here.aggregate_queue_url, here.job_queue_url]
    return SqsDeliveries(process.caller("sqs"), queues)


@cache
def door_rows() -> DoorRows:
    return DoorRows(process.caller("dynamodb"), environment().events_table)


@cache
def door_batches() -> DoorBatches:
    return DoorBatches(process.caller("dynamodb"), environment().directory_table)


def door_stores() -> DoorStores:
    return DoorStores(door_tenants(), door_tokens(), door_outbox(), door_rows(), door_batches())
