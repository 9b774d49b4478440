"""What the steps behind the doors work with, and the records of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waypost.ingest.ports import LoadStores, MatchQueues, MatchStores, SchemaStores
from waypost.services import doors, lakes, process, tables

if TYPE_CHECKING:
    from waypost.ingest.replay import ReplayStores
    from waypost.ingest.session_ends import EndStores
    from waypost.lake.ports import FoldStores
    from waypost.profiles.planhat.ports import RecordStores

# An hourly run has time for so much behind its own work.
_SECONDS_FOR_SESSIONS = 60.0
_MOST_OF_SESSIONS = 1_000_000_000  # bytes


def record_stores() -> RecordStores:
    from waypost.profiles.planhat.ports import RecordStores

    return RecordStores(
        tables.tokens(),
        tables.tenants(),
        tables.models(),
        lakes.lake(),
        lakes.lists(),
        process.clock,
        process.deadline(),
    )


def schema_stores() -> SchemaStores:
    return SchemaStores(tables.schemas(), process.clock, process.deadline())


def replay_stores() -> ReplayStores:
    from waypost.ingest.replay import ReplayStores

    queue = doors.aggregate_outbox()
    return ReplayStores(
        tables.runs(),
        queue,
        tables.batches(),
        lakes.inbox().exists,
        doors.load_outbox(),
        process.clock,
    )


def match_stores() -> MatchStores:
    return MatchStores(
        directory=tables.directory(),
        rows=tables.rows(),
        ledger=tables.ledger(),
        feed=tables.feed(),
        lake=lakes.lake(),
        batches=tables.batches(),
        schemas=tables.schemas(),
        tenants=tables.tenants(),
        inbox=lakes.inbox(),
        deadline=process.deadline(),
    )


def match_queues() -> MatchQueues:
    return MatchQueues(doors.deliveries(), tables.suspects())


def load_stores() -> LoadStores:
    return LoadStores(
        tenants=tables.tenants(),
        inbox=lakes.inbox(),
        batches=tables.batches(),
        # The doors' own way in, so that a row of a file is queued as a request is.
        outbox=doors.door_outbox(),
        rows=doors.door_rows(),
        jobs=doors.load_outbox(),
    )


def end_stores() -> EndStores:
    from waypost.ingest.session_ends import EndStores
    from waypost.lake.limits import Limits

    limits = Limits(seconds=lambda: _SECONDS_FOR_SESSIONS, bytes=_MOST_OF_SESSIONS)
    return EndStores(
        tables.tenants(),
        lakes.reader_within(limits),
        doors.door_outbox(),
        doors.door_rows(),
        process.clock,
    )


def fold_stores() -> FoldStores:
    from waypost.lake.ports import FoldStores

    return FoldStores(lakes.lake(), tables.manifests(), tables.schemas(), process.clock)
