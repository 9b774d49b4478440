"""Numbers, marks and records of operators, as large as the real code lets them get."""

from collections import Counter
from itertools import product
from typing import Any

import msgspec

from tests.fakes import FakeOutbox
from tests.integration.hostile_senders import ESCAPED, NOW, PLAIN, Senders
from waypost import tokens
from waypost.ingest import batches, suspects
from waypost.ingest.batches import BatchRecord
from waypost.ingest.schema import MAX_KEY_BYTES
from waypost.insights import jobs, saved
from waypost.insights.jobs import FAILED
from waypost.insights.saved import SavedQuestion
from waypost.lake import commit
from waypost.lake.commit import Publication
from waypost.lake.months import File, Head, Month, Staged, span
from waypost.lake.properties import MOST_KEYS
from waypost.lake.records import VERDICTS
from waypost.lake.runs import DONE, RunRecord
from waypost.lake.tables import HEAD, MONTHLY
from waypost.storage.batches_table import DynamoBatches
from waypost.storage.jobs_table import DynamoJobs
from waypost.storage.landed_tenants import LandedTenants
from waypost.storage.manifests_table import DynamoManifests
from waypost.storage.questions_table import DynamoQuestions
from waypost.storage.runs_table import DynamoRuns
from waypost.storage.suspects_table import DynamoSuspects
from waypost.storage.tenants_table import DynamoTenants
from waypost.storage.tokens_table import DynamoTokens
from waypost.times import DAY_MS, HOUR_MS
from waypost.tokens import Grant
from waypost.web.api.settings import MAX_SETTINGS_BYTES, change_settings

MANY = 10**9


def operators(senders: Senders) -> None:
    """Settings, tokens, files with the longest names, and runs."""
    id = senders.tenant.id
    tenants = DynamoTenants(senders.directory)
    tenants.put(senders.tenant)
    deny = [senders.text(500) for _ in range(MAX_SETTINGS_BYTES // 2_004 - 1)]
    change_settings(id, msgspec.json.encode({"rules": [{"deny": deny}]}), tenants)
    DynamoTokens(senders.directory).put(
        tokens.new(), Grant(id, frozenset(("read", "write", "admin")))
    )
    batch = batches.new_id(NOW, "f" * 32)
    numbers: Any = dict.fromkeys(("bytes", "bytes_read", "received", "rejected", "ignored"), MANY)
    record = BatchRecord(
        batch, "drop", batches.FAILED, NOW, senders.text(1_000, ESCAPED), object="e" * 40, **numbers
    )
    record.error, record.parts = senders.text(300), 200_000
    DynamoBatches(senders.directory).put(id, record)
    run = RunRecord(f"{NOW:015d}-{'f' * 8}", DONE, NOW, NOW, MANY, MANY, MANY)
    DynamoRuns(senders.directory).put(id, run)
    LandedTenants(senders.directory).note([id], NOW)


def askers(senders: Senders) -> None:
    """The largest questions that are saved, and that go on as jobs."""
    id = senders.tenant.id
    text = senders.text(saved.MOST_BYTES // 6)
    question = SavedQuestion("q" * 64, "metrics", {"filter": [text]}, NOW)
    while len(msgspec.json.encode(question)) < saved.MOST_BYTES - 50:
        question.parameters["filter"].append("x" * 40)
    saved.check(question)
    DynamoQuestions(senders.directory).put(id, question)
    asking = jobs.asking("retention", {"filter": ["x" * (jobs.MOST_BYTES - 100)]}, "json")
    store, queue = DynamoJobs(senders.directory), FakeOutbox()
    job = jobs.request(id, asking, jobs=store, queue=queue, clock=lambda: NOW)
    job.fetched = job.total = job.size = MANY
    job.status, job.tries, job.reason, job.finished = FAILED, 17, senders.text(500), NOW
    store.put(id, job)


def killers(senders: Senders) -> None:
    """The most messages that SQS hands over at once, and each may have ended its function."""
    attributes = {
        "ApproximateReceiveCount": "3",
        "ApproximateFirstReceiveTimestamp": str(NOW - DAY_MS),
        "MessageGroupId": senders.tenant.id,
    }
    records: Any = [
        {"messageId": f"{n:036d}", "body": "{}", "attributes": attributes} for n in range(10_000)
    ]
    store = DynamoSuspects(senders.directory, lambda: NOW)
    for part in suspects.in_parts(records, Counter()):
        store.begin([record["messageId"] for record in part])


def late_events(senders: Senders) -> None:
    """A month of which each day gets late events all the time, alone, with others and in parts.

    Its properties are other ones each day, and all with the longest names.
    """
    manifests, id = DynamoManifests(senders.metrics), senders.tenant.id
    keys = [senders.text(MAX_KEY_BYTES, PLAIN) for _ in range(31 * MOST_KEYS)]
    days, month = list(span("2027-01-01", "2027-01-31")), Month("2027-01")
    for number in range(200):
        some = sorted(senders.chance.sample(days, senders.chance.choice((1, 1, 3))))
        month = commit.published(month, _publication(id, some, number, keys))
        month.gone.clear()
    month.version = 1
    month.dead = [f"{NOW:015d}-{'r' * 8}-{n}" for n in range(60)]
    month.staged = [_staged(id, day, number) for number in range(10) for day in days]
    assert manifests.put_month(id, month)
    manifests.put_todo(id, [month.month])


def _publication(tenant: str, days: list[str], number: int, keys: list[str]) -> Publication:
    """Days that are written anew: one of them in four parts, several as one file."""
    first, last = days[0], days[-1]
    but = tuple(day for day in span(first, last) if day not in days)
    start = int(first[8:]) * MOST_KEYS - MOST_KEYS
    parts = 4 if len(days) == 1 else 1
    files: dict[str, list[File]] = {table: [] for table in MONTHLY}
    for table, part in product(MONTHLY, range(parts)):
        place = f"{table}/tenant_id={tenant}/month=2027-01/{first}.{last}"
        key = f"{place}.{part}.{NOW + number * HOUR_MS:015d}-{number:08x}-{part}.parquet"
        columns = tuple(keys[start : start + MOST_KEYS]) if table == "props" else ()
        files[table].append(File(key, MANY, MANY, first, last, but, columns, part, parts))
    counts: dict[str, int] = dict.fromkeys(VERDICTS, MANY)
    return Publication(dict.fromkeys(MONTHLY, frozenset(days)), files, dict.fromkeys(days, counts))


def _staged(tenant: str, day: str, number: int) -> Staged:
    batch = f"{NOW + number * HOUR_MS:015d}-{number:08x}-000001"
    key = f"staged/{tenant}/2027-01/{day}.{day}.0.{batch}.parquet"
    counts: dict[str, int] = dict.fromkeys(VERDICTS, MANY)
    return Staged(key, MANY, day, day, NOW + number, counts, batch=batch)


def numbers(senders: Senders) -> None:
    """The files of all time, after an hour of runs that lost them; and the names of more landing
    objects than one item can hold.
    """
    manifests, id = DynamoManifests(senders.metrics), senders.tenant.id
    runs = [f"{NOW + n:015d}-{'r' * 8}-{n}" for n in range(60)]
    files = {table: File(f"{table}/tenant_id={id}/{runs[0]}.parquet", MANY, MANY) for table in HEAD}
    gone = [f"{table}/tenant_id={id}/{run}.parquet" for run in runs for table in HEAD]
    assert manifests.put_head(
        id, Head(1, files, claim=runs[0], dead=runs, gone=gone, seen_of="f" * 24)
    )
    names = frozenset(senders.chance.randbytes(12) for _ in range(60_000))
    manifests.put_mark(id, "2027-01-15T08", names)


LARGEST = (operators, askers, killers, late_events, numbers)
