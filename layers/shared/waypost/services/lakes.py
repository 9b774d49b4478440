"""The buckets, and the readers of the lake with how much a question of each may take."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from waypost.environment import environment
from waypost.services import process, tables
from waypost.storage.lean_stores import Downloads

if TYPE_CHECKING:
    from waypost.insights.planhat_lists import PlanhatLists
    from waypost.insights.ports import LakeFiles
    from waypost.lake.cache import FileCache
    from waypost.lake.limits import Limits
    from waypost.lake.reader import LakeReader
    from waypost.storage.inbox_bucket import S3Inbox
    from waypost.storage.lake_bucket import S3Lake

# Of the 29 seconds that a gateway waits: the rest is for the job that a question becomes.
_QUESTION_SECONDS, ANSWER_SECONDS = 20.0, 8.0
_MOST_FETCHED = 1_000_000_000  # bytes, which S3 hands a function in about fifteen seconds
MOST_OF_A_JOB = 8_000_000_000  # bytes, of the 10 GB of its disk


@cache
def lake() -> S3Lake:
    from waypost.storage.lake_bucket import S3Lake

    bucket, note = environment().lake_bucket, tables.landed_tenants().note
    return S3Lake(process.client("s3"), bucket, note=note, deadline=process.deadline())


@cache
def inbox() -> S3Inbox:
    from waypost.storage.inbox_bucket import S3Inbox

    return S3Inbox(process.client("s3"), environment().inbox_bucket, deadline=process.deadline())


@cache
def reader() -> LakeReader:
    from waypost.lake.limits import UNLIMITED

    return reader_within(UNLIMITED)


@cache
def limited_reader() -> LakeReader:
    """The lake for questions that go on as jobs where they would take too long."""
    from waypost.lake.limits import Limits

    return reader_within(Limits(seconds=_seconds_for_questions, bytes=_MOST_FETCHED))


def _seconds_for_questions() -> float:
    return process.deadline().patience(_QUESTION_SECONDS + ANSWER_SECONDS) - ANSWER_SECONDS


def reader_within(limits: Limits) -> LakeReader:
    """The lake for questions that may take so much."""
    from waypost.lake.reader import LakeReader

    return LakeReader(
        lake=lake(),
        manifests=tables.manifests(),
        cache=_files(),
        clock=process.clock,
        limits=limits,
    )


@cache
def _files() -> FileCache:
    # One for all readers: a folder lasts as long as the process, and each has a bound of its own.
    from waypost.lake import scratch
    from waypost.lake.cache import FileCache

    return FileCache(scratch.of_process())


@cache
def lists() -> PlanhatLists:
    from waypost.insights.planhat_lists import PlanhatLists

    return PlanhatLists(reader())


@cache
def answer_links() -> Downloads:
    return Downloads(process.caller("s3"), environment().lake_bucket)


def large_lakes(reader: LakeReader) -> LakeFiles:
    """Where there is Athena, which no emulator is, questions about more than a disk go there."""
    from waypost.insights.large_lakes import LargeLakes
    from waypost.storage.athena import Athena
    from waypost.storage.calls import Calls

    here = environment()
    if here.endpoint or not here.lake_workgroup:
        return reader
    engine = Athena(
        Calls(process.client("athena"), process.deadline()),
        lake(),
        workgroup=here.lake_workgroup,
        database=here.lake_database,
        name=here.lake_bucket,
    )
    return LargeLakes(reader=reader, engine=engine, bucket=here.lake_bucket, most=MOST_OF_A_JOB)
