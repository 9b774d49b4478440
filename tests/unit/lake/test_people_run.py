"""Runs over what changed of people: in any rhythm, side by side, and killed anywhere."""

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests import effort
from tests.fakes import FakeLake, FixedClock, MemoryTable
from tests.faults.killers import Crash, Killer, Mortal, every_point
from tests.unit.lake.folding import Types
from tests.unit.lake.histories import People, Rows, history, recount
from waypost.lake import heads, marks, months, people, people_run
from waypost.lake.commit import DEAD_MS
from waypost.lake.months import Head
from waypost.lake.people_run import PeopleReport
from waypost.lake.ports import FoldStores
from waypost.lake.records import Changed, changed, changes_key, pack
from waypost.profiles.directory import Account, User
from waypost.storage.manifests_table import DynamoManifests
from waypost.times import HOUR_MS

pytestmark = pytest.mark.slow

NOW = 1_800_000_000_000
ANN = User("ann", created=1, account_id="acme")


@dataclass
class Tenant:
    """What landed of the people of a tenant, and the runs over it."""

    folder: Path
    lake: FakeLake = field(default_factory=FakeLake)
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    landed: list[Changed] = field(default_factory=list)
    runs: int = 0

    def __post_init__(self) -> None:
        self.manifests = DynamoManifests(MemoryTable())  # type: ignore[arg-type]

    def land(self, *lines: Changed, hours_ago: int = 0) -> None:
        data = pack(lines)
        key = changes_key("t1", self.clock() - hours_ago * HOUR_MS, list(lines), data)
        self.lake.objects[key] = data
        self.landed += lines

    def run(self, killer: Killer | None = None, lake: Any = None) -> PeopleReport:
        self.runs += 1
        mortal = killer or Killer()
        stores = FoldStores(
            Mortal(lake or self.lake, mortal), Mortal(self.manifests, mortal), Types({}), self.clock
        )
        folder = self.folder / f"run{self.runs}"
        folder.mkdir()
        name = f"{self.clock():015d}-run{self.runs}"
        return people_run.fold_people("t1", stores=stores, folder=folder, run=name)

    def rows(self) -> Rows:
        """What the files say that the head names."""
        self.runs += 1
        folder = self.folder / f"files{self.runs}"
        folder.mkdir()
        now = People(folder)
        for table, file in self.manifests.head("t1").files.items():
            now.base[table] = self.lake.fetch(file.key, folder / table)
        return now.rows()

    def files(self) -> set[str]:
        return {key for key in self.lake.objects if not key.startswith("changes/")}

    def named(self) -> set[str]:
        return {file.key for file in self.manifests.head("t1").files.values()}


@pytest.mark.parametrize("seed", range(effort.times(2, 6, 300)))
def test_runs_in_any_rhythm_end_as_one_recount(seed: int, tmp_path: Path) -> None:
    random, tenant = Random(seed), Tenant(tmp_path)
    lines = history(random, 30)
    # What a slow function lands is an hour behind, and may come after what was written later.
    lines.sort(key=lambda _: random.random())
    while lines:
        tenant.clock.tick(random.choice([0, 1, HOUR_MS, 3 * HOUR_MS]))
        tenant.land(*[lines.pop() for _ in range(min(len(lines), random.randrange(1, 5)))])
        if lines and random.random() < 0.5:
            tenant.land(lines.pop(), hours_ago=1)
        if random.random() < 0.7:
            tenant.run()
    tenant.run()

    assert tenant.rows() == recount(tenant.landed)
    assert tenant.files() == tenant.named()


def test_without_changes_nothing_is_written(tmp_path: Path) -> None:
    tenant = Tenant(tmp_path)
    tenant.land(changed(ANN))
    tenant.run()
    before = tenant.manifests.head("t1"), tenant.manifests.mark("t1", "changes")

    calls = Killer()
    report = tenant.run(calls)

    assert report == PeopleReport()
    assert (tenant.manifests.head("t1"), tenant.manifests.mark("t1", "changes")) == before
    assert calls.calls == 3  # the mark, the head, what landed


def test_what_landed_again_is_read_and_changes_no_file(tmp_path: Path) -> None:
    tenant = Tenant(tmp_path)
    tenant.land(changed(ANN))
    tenant.run()
    files = tenant.files()
    tenant.land(changed(ANN), changed(ANN))

    assert (tenant.run().objects, tenant.run().objects) == (1, 0)
    assert tenant.files() == files


def test_only_the_tables_of_what_changed_get_new_files(tmp_path: Path) -> None:
    tenant = Tenant(tmp_path)
    tenant.land(changed(ANN))

    assert tenant.run().tables == ["users", "who"]

    tenant.land(changed(Account("acme")))

    assert tenant.run().tables == ["accounts", "alias"]


def test_names_that_were_read_are_forgotten_once_the_mark_has_passed_them(tmp_path: Path) -> None:
    tenant = Tenant(tmp_path)
    for version in range(6):
        tenant.land(changed(User("ann", version=version)))
        tenant.run()
        tenant.clock.tick(HOUR_MS)

    hour, names = tenant.manifests.mark("t1", "changes")

    assert hour == "2027-01-15T11"
    assert len(names) == 3


def test_a_large_backlog_is_done_in_parts_oldest_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_run, "_MOST_LINES", 3)
    tenant = Tenant(tmp_path)
    for n in range(10):
        tenant.clock.tick(HOUR_MS)
        tenant.land(changed(User(f"u{n}")), changed(User(f"v{n}")))

    reports = [tenant.run() for _ in range(6)]

    assert [report.objects for report in reports] == [2, 2, 2, 2, 2, 0]
    assert [report.left for report in reports] == [8, 6, 4, 2, 0, 0]
    assert tenant.rows() == recount(tenant.landed)


# Killed and raced.


def in_the_middle(folder: Path) -> Tenant:
    """A tenant with files, and with changes that no run has read."""
    tenant = Tenant(folder)
    tenant.land(changed(ANN), changed(User("bob", merged_into="ann")), changed(Account("acme")))
    tenant.run()
    tenant.clock.tick(HOUR_MS)
    tenant.land(changed(ANN, gone=True), changed(User("bob", version=1)), changed(Account("bolt")))
    return tenant


def fresh(folder: Path, name: str) -> Path:
    path = folder / name
    path.mkdir()
    return path


def after_a_kill(killer: Killer, folder: Path) -> list[str]:
    """What is wrong once the next runs have been."""
    tenant = in_the_middle(folder)
    with pytest.raises(Crash):
        tenant.run(killer)
    tenant.clock.tick(1)
    tenant.run()
    wrong = [] if tenant.rows() == recount(tenant.landed) else ["rows"]
    # Who lost a claim is taken for alive for an hour.
    for _ in range(2):
        tenant.clock.tick(DEAD_MS)
        tenant.run()
    if tenant.files() != tenant.named():
        wrong.append("files")
    head = tenant.manifests.head("t1")
    if (head.claim, head.dead, head.gone) != ("", [], []):
        wrong.append("head")
    return wrong


def test_a_run_may_die_anywhere(tmp_path: Path) -> None:
    points = every_point(in_the_middle(fresh(tmp_path, "count")).run)
    assert len(points) > 20

    harm = {
        (killer.at, killer.when): wrong
        for n, killer in enumerate(effort.every(4, points))
        if (wrong := after_a_kill(killer, fresh(tmp_path, str(n))))
    }

    assert harm == {}


def kills_that_harm(tmp_path: Path) -> bool:
    points = reversed(every_point(in_the_middle(fresh(tmp_path, "count")).run))
    return any(after_a_kill(killer, fresh(tmp_path, str(n))) for n, killer in enumerate(points))


def test_the_kills_catch_a_mark_that_moves_before_the_publication(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fold = people_run._fold

    def too_early(tenant: str, work: Any, run: str, stores: FoldStores, folder: Path) -> list[str]:
        mark = marks.moved(work.since, stores.clock(), work.objects, work.read())
        stores.manifests.put_mark(tenant, *mark, "changes")
        return fold(tenant, work, run, stores, folder)

    monkeypatch.setattr(people_run, "_fold", too_early)

    assert kills_that_harm(tmp_path)


def test_the_kills_catch_a_file_that_nobody_deletes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(tenant: str, head: Head, run: str, *, manifests: Any) -> Head:
        claimed = months.following(head, claim=run)
        assert manifests.put_head(tenant, claimed)
        return claimed

    monkeypatch.setattr(heads, "claim", forgetful)

    assert kills_that_harm(tmp_path)


class Meanwhile(FakeLake):
    """The same bucket, in which something happens before some uploads or fetches."""

    def __init__(self, lake: FakeLake, at: Container[int], happens: Callable[[], object]) -> None:
        self.objects = lake.objects
        self._at, self._happens, self._calls = at, happens, 0

    def fetch(self, key: str, path: Path) -> Path:
        self._count()
        return super().fetch(key, path)

    def put_file(self, key: str, path: Path) -> int:
        self._count()
        return super().put_file(key, path)

    def _count(self) -> None:
        self._calls += 1
        if self._calls in self._at:
            self._happens()


@pytest.mark.parametrize("at", range(1, 7))
def test_of_two_runs_at_once_one_begins_again(at: int, tmp_path: Path) -> None:
    tenant = in_the_middle(tmp_path)

    report = tenant.run(lake=Meanwhile(tenant.lake, [at], tenant.run))

    assert report.lost == 1
    assert tenant.rows() == recount(tenant.landed)
    tenant.clock.tick(DEAD_MS)
    tenant.run()
    assert tenant.files() == tenant.named()


def test_a_run_that_always_loses_leaves_its_work_to_the_next(tmp_path: Path) -> None:
    tenant = in_the_middle(tmp_path)
    mark = tenant.manifests.mark("t1", "changes")

    def take() -> None:
        head = tenant.manifests.head("t1")
        heads.claim("t1", head, f"{NOW:015d}-other", manifests=tenant.manifests)

    report = tenant.run(lake=Meanwhile(tenant.lake, range(1, 99), take))

    assert (report.lost, report.left, report.objects, report.tables) == (5, 1, 0, [])
    assert tenant.manifests.mark("t1", "changes") == mark
    assert tenant.run().objects == 1


def test_views_and_files_tell_the_same_of_what_a_run_has_not_read(tmp_path: Path) -> None:
    tenant = in_the_middle(tmp_path)
    now = People(fresh(tmp_path, "views"))
    for table, file in tenant.manifests.head("t1").files.items():
        now.base[table] = tenant.lake.fetch(file.key, now.folder / table)
    laid_over = now.rows([tenant.landed[3:]])

    tenant.run()

    assert laid_over == tenant.rows() == recount(tenant.landed)
    assert set(tenant.manifests.head("t1").files) == set(people.KIND)
