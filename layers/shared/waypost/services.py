"""The composition root: cached factories, the only place that picks concrete classes.

boto3 is imported inside the factories that need it: the doors never do.
"""

from __future__ import annotations

import math
import time
from functools import cache, wraps
from typing import TYPE_CHECKING, Any

from waypost.deadline import Deadline
from waypost.environment import environment
from waypost.ingest import pace
from waypost.ingest.ports import DoorStores, LoadStores, MatchQueues, MatchStores, SchemaStores
from waypost.insights.ports import (
    EventStores,
    JobDesk,
    JobStores,
    KindStores,
    LakeFiles,
    LedgerStores,
    ProfileStores,
    QuestionStores,
    SavingStores,
)
from waypost.lake.ports import FoldStores
from waypost.profiles.planhat.ports import RecordStores
from waypost.storage.lean_stores import (
    DoorBatches,
    DoorRows,
    DoorTenants,
    DoorTokens,
    Downloads,
    Queue,
)
from waypost.storage.sigv4 import Caller

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from waypost.ingest.replay import ReplayStores
    from waypost.insights.planhat_lists import PlanhatLists
    from waypost.lake.limits import Limits
    from waypost.lake.reader import LakeReader
    from waypost.storage.batches_table import DynamoBatches
    from waypost.storage.deliveries import SqsDeliveries
    from waypost.storage.dimensions_table import DynamoDimensions
    from waypost.storage.directory_table import DynamoDirectory
    from waypost.storage.dynamo import Table
    from waypost.storage.events_table import DynamoFeed, DynamoRows
    from waypost.storage.inbox_bucket import S3Inbox
    from waypost.storage.jobs_table import DynamoJobs
    from waypost.storage.lake_bucket import S3Lake
    from waypost.storage.landed_tenants import LandedTenants
    from waypost.storage.ledger_table import DynamoLedger
    from waypost.storage.manifests_table import DynamoManifests
    from waypost.storage.models_table import DynamoModels
    from waypost.storage.questions_table import DynamoQuestions
    from waypost.storage.runs_table import DynamoRuns
    from waypost.storage.schema_table import DynamoSchemas
    from waypost.storage.suspects_table import DynamoSuspects
    from waypost.storage.tenants_table import DynamoTenants
    from waypost.storage.tokens_table import DynamoTokens

    Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]

# Of the 29 seconds that a gateway waits: the rest is for the job that a question becomes.
_QUESTION_SECONDS, _ANSWER_SECONDS = 20.0, 8.0
_MOST_FETCHED = 1_000_000_000  # bytes, which S3 hands a function in about fifteen seconds
_MOST_OF_A_JOB = 8_000_000_000  # bytes, of the 10 GB of its disk


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
    def timed(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        remaining_ms = context.get_remaining_time_in_millis()
        with deadline().run(remaining_ms, reserve=pace.RESERVE_MS / 1000):
            return handler(event, context)

    return timed


@cache
def _caller(service: str) -> Caller:
    # One for each service, whose open connections outlive the request as long as Lambda stays warm.
    region, endpoint = environment().region, environment().endpoint
    return Caller(service, region=region, endpoint=endpoint, deadline=deadline())


@cache
def door_tenants() -> DoorTenants:
    return DoorTenants(_caller("dynamodb"), environment().directory_table)


@cache
def door_tokens() -> DoorTokens:
    return DoorTokens(_caller("dynamodb"), environment().directory_table)


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
        _caller("sqs"),
        _caller("s3"),
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
    return SqsDeliveries(_caller("sqs"), queues)


@cache
def door_rows() -> DoorRows:
    return DoorRows(_caller("dynamodb"), environment().events_table)


@cache
def door_batches() -> DoorBatches:
    return DoorBatches(_caller("dynamodb"), environment().directory_table)


def door_stores() -> DoorStores:
    return DoorStores(door_tenants(), door_tokens(), door_outbox(), door_rows(), door_batches())


@cache
def _client(service: str) -> Any:
    from waypost.storage import clients

    return clients.client(service, environment())


@cache
def _table(name: str) -> Table:
    from waypost.storage.dynamo import Table

    return Table(_client("dynamodb"), name, deadline=deadline())


@cache
def directory() -> DynamoDirectory:
    from waypost.storage.directory_table import DynamoDirectory

    return DynamoDirectory(_table(environment().directory_table))


@cache
def rows() -> DynamoRows:
    from waypost.storage.events_table import DynamoRows

    return DynamoRows(_table(environment().events_table))


@cache
def feed() -> DynamoFeed:
    from waypost.storage.events_table import DynamoFeed

    return DynamoFeed(_table(environment().events_table))


@cache
def batches() -> DynamoBatches:
    from waypost.storage.batches_table import DynamoBatches

    return DynamoBatches(_table(environment().directory_table))


@cache
def ledger() -> DynamoLedger:
    from waypost.storage.ledger_table import DynamoLedger

    return DynamoLedger(_table(environment().directory_table))


@cache
def schemas() -> DynamoSchemas:
    from waypost.storage.schema_table import DynamoSchemas

    return DynamoSchemas(_table(environment().directory_table))


@cache
def runs() -> DynamoRuns:
    from waypost.storage.runs_table import DynamoRuns

    return DynamoRuns(_table(environment().directory_table))


@cache
def jobs() -> DynamoJobs:
    from waypost.storage.jobs_table import DynamoJobs

    return DynamoJobs(_table(environment().directory_table))


@cache
def saved_questions() -> DynamoQuestions:
    from waypost.storage.questions_table import DynamoQuestions

    return DynamoQuestions(_table(environment().directory_table))


@cache
def suspects() -> DynamoSuspects:
    from waypost.storage.suspects_table import DynamoSuspects

    return DynamoSuspects(_table(environment().directory_table), clock)


@cache
def tokens() -> DynamoTokens:
    from waypost.storage.tokens_table import DynamoTokens

    return DynamoTokens(_table(environment().directory_table))


@cache
def tenants() -> DynamoTenants:
    from waypost.storage.tenants_table import DynamoTenants

    return DynamoTenants(_table(environment().directory_table))


@cache
def manifests() -> DynamoManifests:
    from waypost.storage.manifests_table import DynamoManifests

    return DynamoManifests(_table(environment().metrics_table))


@cache
def models() -> DynamoModels:
    from waypost.storage.models_table import DynamoModels

    return DynamoModels(_table(environment().directory_table), directory())


@cache
def lists() -> PlanhatLists:
    from waypost.insights.planhat_lists import PlanhatLists

    return PlanhatLists(reader())


@cache
def dimensions() -> DynamoDimensions:
    from waypost.storage.dimensions_table import DynamoDimensions

    return DynamoDimensions(_table(environment().metrics_table))


@cache
def lake() -> S3Lake:
    from waypost.storage.lake_bucket import S3Lake

    bucket, note = environment().lake_bucket, landed_tenants().note
    return S3Lake(_client("s3"), bucket, note=note, deadline=deadline())


@cache
def landed_tenants() -> LandedTenants:
    from waypost.storage.landed_tenants import LandedTenants

    return LandedTenants(_table(environment().directory_table))


@cache
def inbox() -> S3Inbox:
    from waypost.storage.inbox_bucket import S3Inbox

    return S3Inbox(_client("s3"), environment().inbox_bucket, deadline=deadline())


@cache
def reader() -> LakeReader:
    from waypost.lake.limits import UNLIMITED

    return _reader(UNLIMITED)


@cache
def limited_reader() -> LakeReader:
    """The lake for questions that go on as jobs where they would take too long."""
    from waypost.lake.limits import Limits

    return _reader(Limits(seconds=_seconds_for_questions, bytes=_MOST_FETCHED))


def _seconds_for_questions() -> float:
    return deadline().patience(_QUESTION_SECONDS + _ANSWER_SECONDS) - _ANSWER_SECONDS


def _reader(limits: Limits) -> LakeReader:
    from waypost.lake import scratch
    from waypost.lake.cache import FileCache
    from waypost.lake.reader import LakeReader

    files = FileCache(scratch.of_process())
    return LakeReader(lake=lake(), manifests=manifests(), cache=files, clock=clock, limits=limits)


def event_stores() -> EventStores:
    return EventStores(tenants(), directory(), rows(), feed(), reader(), clock)


def profile_stores() -> ProfileStores:
    return ProfileStores(directory(), limited_reader(), clock)


def ledger_stores() -> LedgerStores:
    return LedgerStores(ledger(), reader(), manifests(), lake())


def question_stores() -> QuestionStores:
    return QuestionStores(tenants(), limited_reader(), clock)


def saving_stores() -> SavingStores:
    return SavingStores(saved_questions(), tenants(), clock)


def kind_stores() -> KindStores:
    return KindStores(question_stores(), profile_stores())


@cache
def answer_links() -> Downloads:
    return Downloads(_caller("s3"), environment().lake_bucket)


def job_stores() -> JobStores:
    return JobStores(jobs(), job_outbox(), answer_links(), clock)


def job_desk() -> JobDesk:
    """What questions are answered from that no answer has time for."""
    from waypost.lake.limits import Limits

    def stores(told: Callable[[int, int], None]) -> KindStores:
        limits = Limits(seconds=_seconds_for_jobs, bytes=_MOST_OF_A_JOB, told=told)
        reader = _large_lakes(_reader(limits))
        return KindStores(
            QuestionStores(tenants(), reader, clock), ProfileStores(directory(), reader, clock)
        )

    return JobDesk(jobs(), lake(), stores, clock)


def _large_lakes(reader: LakeReader) -> LakeFiles:
    """Where there is Athena, which no emulator is, questions about more than a disk go there."""
    from waypost.insights.large_lakes import LargeLakes
    from waypost.storage.athena import Athena
    from waypost.storage.calls import Calls

    here = environment()
    if here.endpoint or not here.lake_workgroup:
        return reader
    engine = Athena(
        Calls(_client("athena"), deadline()),
        lake(),
        workgroup=here.lake_workgroup,
        database=here.lake_database,
        name=here.lake_bucket,
    )
    return LargeLakes(reader=reader, engine=engine, bucket=here.lake_bucket, most=_MOST_OF_A_JOB)


def _seconds_for_jobs() -> float:
    return deadline().patience(math.inf) - _ANSWER_SECONDS


def record_stores() -> RecordStores:
    return RecordStores(tokens(), tenants(), models(), lake(), lists(), clock, deadline())


def schema_stores() -> SchemaStores:
    return SchemaStores(schemas(), clock, deadline())


def replay_stores() -> ReplayStores:
    from waypost.ingest.replay import ReplayStores

    queue = aggregate_outbox()
    return ReplayStores(runs(), queue, batches(), inbox().exists, load_outbox(), clock)


def match_stores() -> MatchStores:
    return MatchStores(
        directory=directory(),
        rows=rows(),
        ledger=ledger(),
        feed=feed(),
        lake=lake(),
        batches=batches(),
        schemas=schemas(),
        tenants=tenants(),
        inbox=inbox(),
        deadline=deadline(),
    )


def match_queues() -> MatchQueues:
    return MatchQueues(deliveries(), suspects())


def load_stores() -> LoadStores:
    return LoadStores(
        tenants=tenants(),
        inbox=inbox(),
        batches=batches(),
        # The doors' own way in, so that a row of a file is queued as a request is.
        outbox=door_outbox(),
        rows=door_rows(),
        jobs=load_outbox(),
    )


def fold_stores() -> FoldStores:
    return FoldStores(lake(), manifests(), schemas(), clock)
