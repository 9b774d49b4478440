"""A question of a kind of its own over a small lake, with the stores of jobs and saved ones."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from tests import fakes
from tests.unit.lake.lakes import DAY, NOW, TENANT, Lake
from waypost import tenants
from waypost.insights.jobs import Job, JobMessage
from waypost.insights.ports import (
    JobDesk,
    JobStores,
    KindStores,
    ProfileStores,
    QuestionStores,
    SavingStores,
)
from waypost.lake.cache import FileCache
from waypost.lake.limits import UNLIMITED, Limits
from waypost.lake.plans import Plan
from waypost.lake.reader import LakeReader
from waypost.storage.jobs_table import DynamoJobs
from waypost.storage.questions_table import DynamoQuestions
from waypost.tenants import Tenant
from waypost.web.asking import Parameters

KIND = "counted"
ENDLESS = "SELECT 'all', count(*) FROM range(10_000_000_000) a, totals"


class Row(Struct):
    action: str
    events: int


class Counted(Struct):
    rows: list[Row]
    start: int | None
    next: str | None = None


def counted(tenant: str, parameters: Parameters, stores: QuestionStores) -> Counted:
    """Events by action; `endless=true` never ends by itself."""
    least, endless = parameters.number("least", 1, most=9), parameters.flag("endless")
    settings = tenants.settings_of(tenant, stores.tenants)
    common = parameters.common(settings, stores.clock())
    parameters.refuse_rest()
    with stores.reader.open(tenant, Plan({"totals": ("action", "events")})) as opened:
        sql = "SELECT action, events::BIGINT FROM totals WHERE events >= $1 ORDER BY ALL"
        rows = opened.rows(ENDLESS) if endless else opened.rows(sql, [least])
    return Counted([Row(*row) for row in rows], common.start)


@dataclass
class World:
    folder: Path
    clock: fakes.FixedClock = field(default_factory=lambda: fakes.FixedClock(NOW))
    queue: fakes.FakeOutbox = field(default_factory=fakes.FakeOutbox)
    limits: Limits = UNLIMITED

    def __post_init__(self) -> None:
        table: Any = fakes.MemoryTable()
        self.jobs, self.questions = DynamoJobs(table), DynamoQuestions(table)
        self.tenants = fakes.FakeTenants({TENANT: Tenant(TENANT)})
        self.lake = Lake(self.folder)
        rows = [
            {"hour": NOW, "action": "a", "events": 3},
            {"hour": NOW, "action": "=b", "events": 1},
        ]
        self.lake.add("totals", DAY, DAY, rows)

    def url(self, key: str, expires: int, name: str) -> str:
        return f"https://lake.example/{key}?expires={expires}&name={name}"

    def stores(self, _: Callable[[int, int], None] | None = None) -> KindStores:
        reader = LakeReader(
            lake=self.lake.lake,
            manifests=self.lake.metrics,
            cache=FileCache(self.folder / "kinds"),
            clock=self.clock,
            limits=self.limits,
        )
        directory = fakes.FakeDirectory()
        return KindStores(
            QuestionStores(self.tenants, reader, self.clock),
            ProfileStores(directory, reader, self.clock),
        )

    def job_stores(self) -> JobStores:
        return JobStores(self.jobs, self.queue, self, self.clock)

    def desk(self) -> JobDesk:
        return JobDesk(self.jobs, self.lake.lake, self.stores, self.clock)

    def saving(self) -> SavingStores:
        return SavingStores(self.questions, self.tenants, self.clock)

    def job(self) -> Job:
        """The one job that there is."""
        messages = [msgspec.json.decode(body, type=JobMessage) for _, body in self.queue.sent]
        (id,) = {message.job for message in messages}
        job = self.jobs.get(TENANT, id)
        assert job is not None
        return job
