"""Who gets aggregated when, and what whoever asked for a run learns of it."""

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests import fakes
from tests.unit.lake.folding import Types, landed
from waypost.errors import Unavailable
from waypost.lake import runs, worker
from waypost.lake.ports import FoldStores
from waypost.lake.runs import RunRecord
from waypost.storage.landed_tenants import LandedTenants
from waypost.storage.manifests_table import DynamoManifests
from waypost.tenants import Tenant
from waypost.times import DAY_MS, HOUR_MS

NOW = 1_800_000_000_000


class BrokenLake(fakes.FakeLake):
    """A lake that answers nobody."""

    def landing(self, *_: str) -> list[Any]:
        raise Unavailable("the lake does not answer")


@dataclass
class World:
    """Tenants, a queue, the records of runs in every state that they were put in, and a lake."""

    tenants: list[Tenant] = field(default_factory=list)
    lake: fakes.FakeLake = field(default_factory=fakes.FakeLake)
    queue: fakes.FakeOutbox = field(default_factory=fakes.FakeOutbox)
    clock: fakes.FixedClock = field(default_factory=lambda: fakes.FixedClock(NOW))
    records: list[tuple[str, RunRecord]] = field(default_factory=list)
    followed: list[str] = field(default_factory=list)
    remaining_ms: int = 900_000

    def __post_init__(self) -> None:
        table: Any = fakes.MemoryTable()
        self.manifests, self.landed = DynamoManifests(table), LandedTenants(table)

    def every(self) -> list[Tenant]:
        return self.tenants

    def put(self, tenant: str, record: RunRecord) -> None:
        self.records.append((tenant, deepcopy(record)))

    def fan_out(self, scheduled: str = "") -> int:
        return runs.fan_out(
            tenants=self,
            landed=self.landed,
            queue=self.queue,
            clock=self.clock,
            scheduled=scheduled,
        )

    def request(self, tenant: str) -> dict[str, Any]:
        return runs.request(tenant, runs=self, queue=self.queue, clock=self.clock)

    def run_all(self) -> list[str]:
        """Runs what is queued; the messages are called m0, m1, …"""
        stores = FoldStores(self.lake, self.manifests, Types({}), self.clock)
        messages = [
            {"messageId": f"m{n}", "body": body} for n, (_, body) in enumerate(self.queue.sent)
        ]
        return worker.run_all(
            messages,
            records_of=self,
            queue=self.queue,
            stores=stores,
            remaining_ms=lambda: self.remaining_ms,
            then=self.follow,
        )

    def follow(self, tenant: str) -> None:
        self.followed.append(tenant)
        raise Unavailable("whoever follows does not answer")

    def statuses(self) -> list[str]:
        return [record.status for _, record in self.records]


def test_every_tenant_that_something_landed_for_gets_a_run_of_its_own() -> None:
    world = World([Tenant("t1"), Tenant("t2"), Tenant("idle")])
    world.landed.note(["t1", "t2"], NOW)

    queued = world.fan_out()

    assert queued == 2
    assert [tenant for tenant, _ in world.queue.sent] == ["t1", "t2"]
    assert world.run_all() == []
    assert [tenant for tenant, _ in world.records] == ["t1", "t1", "t2", "t2"]
    assert world.followed == ["t1", "t2"]


def test_what_landed_behind_a_run_gets_the_next_one_and_what_fell_silent_the_one_after() -> None:
    world = World([Tenant("t1")])
    world.landed.note(["t1"], NOW)
    queued = []

    for _ in range(3):
        world.clock.tick(HOUR_MS)
        queued.append(world.fan_out())

    assert queued == [1, 1, 0]


def test_once_a_day_every_tenant_gets_a_run_whatever_was_missed() -> None:
    world = World([Tenant("t1"), Tenant("t2")])

    world.clock.tick(19 * HOUR_MS)  # three in the morning

    assert world.fan_out() == 2


def test_the_run_of_every_tenant_is_not_lost_where_the_schedules_event_comes_late() -> None:
    world = World([Tenant("t1"), Tenant("t2")])

    assert world.fan_out("2027-01-15T02:05:00Z") == 0
    assert world.fan_out("2027-01-15T03:05:00Z") == 2


def test_a_tenant_is_noted_once_an_hour_by_a_process() -> None:
    table: Any = fakes.MemoryTable()
    landed_for = LandedTenants(table)
    landed_for.note(["t1", "t1", ""], NOW)
    before = len(table.items)

    landed_for.note(["t1"], NOW + 1)
    landed_for.note(["t1", "t2"], NOW + HOUR_MS)

    assert (before, len(table.items)) == (1, 3)


def test_who_asks_for_a_run_can_ask_how_it_stands() -> None:
    world = World()
    land(world.lake)

    answer = world.request("t1")
    world.clock.tick(7)
    failed = world.run_all()

    (_, last) = world.records[-1]
    assert (answer["status"], answer["created"], failed) == ("queued", NOW, [])
    assert world.statuses() == ["queued", "running", "done"]
    assert (last.id, last.finished, last.objects, last.days) == (answer["id"], NOW + 7, 1, 1)


def test_what_a_run_has_no_time_for_goes_on_in_the_next_under_the_same_record() -> None:
    world = World(remaining_ms=0)
    land(world.lake, *range(0, 400, 40))
    world.request("t1")
    runs_done = 0

    while world.statuses()[-1] != "done":
        assert world.run_all() == []
        world.queue.sent = world.queue.sent[-1:]
        runs_done += 1

    assert 2 < runs_done < 20
    assert len({record.id for _, record in world.records}) == 1
    assert (world.records[-1][1].objects, world.records[-1][1].days) == (1, 10)


def test_a_run_that_broke_is_told_and_comes_again() -> None:
    world = World(lake=BrokenLake())
    world.request("t1")

    failed = world.run_all()

    assert failed == ["m0"]
    assert world.statuses() == ["queued", "running", "failed"]


def test_a_message_that_is_no_run_fails_alone() -> None:
    world = World()
    world.queue.sent.append(("t1", "no message of ours"))
    world.request("t2")

    failed = world.run_all()

    assert failed == ["m0"]
    assert world.statuses() == ["queued", "running", "done"]


def test_a_run_whose_record_cannot_be_written_comes_again() -> None:
    world = World()
    world.request("t1")
    world.put = away  # type: ignore[method-assign]

    assert world.run_all() == ["m0"]


def test_a_run_that_comes_again_is_not_finished_until_it_is() -> None:
    world = World(lake=BrokenLake())
    world.request("t1")
    world.run_all()
    world.lake = fakes.FakeLake()

    world.run_all()

    assert [(run.status, run.finished is None) for _, run in world.records[-3:]] == [
        ("failed", False),
        ("running", True),
        ("done", False),
    ]


def test_two_runs_asked_for_at_once_have_two_names() -> None:
    world = World()

    first, second = world.request("t1"), world.request("t1")

    assert first["id"] != second["id"]


def test_a_run_that_ended_well_counts_as_published(capsys: pytest.CaptureFixture[str]) -> None:
    world = World()
    world.request("t1")
    world.request("t2")

    world.run_all()

    assert capsys.readouterr().out.count('"Published":[1.0]') == 2


def test_a_run_that_broke_does_not_count_as_published(capsys: pytest.CaptureFixture[str]) -> None:
    world = World(lake=BrokenLake())
    world.request("t1")

    world.run_all()

    assert '"Published"' not in capsys.readouterr().out


def test_an_hour_without_a_tenant_is_no_silence(capsys: pytest.CaptureFixture[str]) -> None:
    world = World([])

    world.fan_out()

    assert '"Published":[1.0]' in capsys.readouterr().out


def test_a_run_that_is_only_queued_does_not_count_as_published(
    capsys: pytest.CaptureFixture[str],
) -> None:
    world = World([Tenant("t1")])
    world.landed.note(["t1"], NOW)

    world.fan_out()

    assert '"Published"' not in capsys.readouterr().out


def away(tenant: str, record: RunRecord) -> None:
    raise Unavailable("DynamoDB is away")


def land(lake: fakes.FakeLake, *days_ago: int) -> None:
    records = [landed(f"e{n}", time=NOW - n * DAY_MS) for n in days_ago or (0,)]
    lake.put_landing("t1", records, NOW, ["m1"], {"stored": len(records)})
