"""One suite of promises for the stores in memory and for the real ones: lake and numbers."""

from pathlib import Path

import pytest

from tests.integration.worlds import World
from waypost.errors import Gone
from waypost.event import Verdict
from waypost.lake.months import File, Head, Month, Staged
from waypost.lake.records import VERDICTS, Landed, changed, digest, unpack, unpack_changes
from waypost.profiles.directory import Account, User
from waypost.tenants import Tenant

NOW = 1_800_000_000_000
HOUR = "2027-01-15T08"
COUNTS = {"stored": 1, "rejected": 2}


def land(world: World, tenant: Tenant, now: int, *ids: str) -> None:
    records = [
        Landed(id=id, time=now, receipt="r1", received=now, source="s", verdict=Verdict.STORED)
        for id in ids
    ]
    world.lake.put_landing(tenant.id, records, now, list(ids), COUNTS)


def test_landing_is_listed_from_an_hour_on_with_its_counts(world: World, tenant: Tenant) -> None:
    for hours, name in enumerate(("m0", "m1", "m2")):
        land(world, tenant, NOW + hours * 3_600_000, name)

    listed = world.lake.landing(tenant.id, "2027-01-15T09")

    assert [(landing.hour[-2:], landing.name.hex()) for landing in listed] == [
        ("09", digest(["m1"])),
        ("10", digest(["m2"])),
    ]
    assert listed[0].counts == dict.fromkeys(VERDICTS, 0) | COUNTS
    assert len(world.lake.landing(tenant.id, "")) == 3


def test_the_same_messages_land_in_the_same_place(
    world: World, tenant: Tenant, tmp_path: Path
) -> None:
    land(world, tenant, NOW, "m1", "m2")
    land(world, tenant, NOW, "m1", "m2")

    (landing,) = world.lake.landing(tenant.id, "")

    path = world.lake.fetch(landing.key, tmp_path / "landing")
    assert [record.id for record in unpack(path.read_bytes())] == ["m1", "m2"]


def test_changed_people_are_listed_from_an_hour_on(
    world: World, tenant: Tenant, tmp_path: Path
) -> None:
    ann, acme = User("u1", version=1), Account("acme", version=1)
    world.lake.put_changes(tenant.id, [ann, acme], NOW)
    world.lake.put_changes(tenant.id, [acme], NOW + 3_600_000, gone=True)
    world.lake.put_changes(tenant.id, [], NOW + 7_200_000)

    first, second = world.lake.changes(tenant.id, "")

    assert ([first.hour[-2:], second.hour[-2:]]) == ["08", "09"]
    assert (first.counts, second.counts) == ({"user": 1, "account": 1}, {"user": 0, "account": 1})
    assert world.lake.changes(tenant.id, "2027-01-15T09") == [second]
    assert world.lake.landing(tenant.id, "") == []
    read = [
        world.lake.fetch(each.key, tmp_path / "changes").read_bytes() for each in (first, second)
    ]
    assert unpack_changes(read[0]) == [changed(ann), changed(acme)]
    assert unpack_changes(read[1]) == [changed(acme, gone=True)]


def put(world: World, tmp_path: Path, *keys: str) -> None:
    for key in keys:
        (tmp_path / "file").write_text(key)
        assert world.lake.put_file(key, tmp_path / "file") == len(key)


def test_a_file_of_the_lake_is_uploaded_listed_fetched_and_deleted(
    world: World, tenant: Tenant, tmp_path: Path
) -> None:
    events, days = (
        f"{table}/tenant_id={tenant.id}/month=2027-01/2027-01-15.2027-01-15.0.run.parquet"
        for table in ("events", "days")
    )
    other = events.replace("2027-01", "2027-02")
    put(world, tmp_path, events, days, other)

    assert sorted(world.lake.of_month(tenant.id, "2027-01")) == [days, events]
    assert world.lake.fetch(events, tmp_path / "fetched").read_text() == events
    world.lake.delete([events, events, "events/nothing.parquet"])
    assert world.lake.of_month(tenant.id, "2027-01") == [days]
    assert world.lake.of_month(tenant.id, "2027-02") == [other]
    with pytest.raises(Gone):
        world.lake.fetch(events, tmp_path / "gone")


def test_files_of_all_time_are_listed_by_themselves(
    world: World, tenant: Tenant, tmp_path: Path
) -> None:
    keys = [f"{table}/tenant_id={tenant.id}/run.parquet" for table in ("seen", "users", "who")]
    put(world, tmp_path, *keys, f"days/tenant_id={tenant.id}/month=2027-01/a.b.0.run.parquet")

    assert sorted(world.lake.of_head(tenant.id)) == keys


def test_more_files_are_deleted_than_one_call_takes(
    world: World, tenant: Tenant, tmp_path: Path
) -> None:
    keys = [f"who/tenant_id={tenant.id}/{number}.parquet" for number in range(1_001)]
    put(world, tmp_path, keys[0], keys[-1])

    world.lake.delete(keys)

    assert world.lake.of_head(tenant.id) == []


def test_a_month_is_put_only_over_the_version_before_its_own(world: World, tenant: Tenant) -> None:
    file = File("events/x.parquet", 3, 100, "2027-01-01", "2027-01-03", ("2027-01-02",), ("k",))
    first = Month("2027-01", 1, {"events": [file]}, {"2027-01-01": {"stored": 3}})
    first.staged.append(Staged("staged/x", 1, "2027-01-01", "2027-01-01", NOW, {"stored": 1}))
    months = [first, Month("2027-01", 1, claim="b"), Month("2027-01", 3), Month("2027-01", 2)]

    won = [world.manifests.put_month(tenant.id, month) for month in months]

    assert won == [True, False, False, True]
    assert world.manifests.months(tenant.id) == [months[3]]
    assert not world.manifests.put_month(tenant.id, first)


def test_a_month_comes_back_as_it_was_put(world: World, tenant: Tenant) -> None:
    file = File("e", 3, 100, "2027-01-01", "2027-01-03", ("2027-01-02",), ("k", "é"), 1, 4)
    month = Month("2027-01", 1, {"events": [file]}, {"2027-01-01": {"stored": 3}}, claim="r")

    world.manifests.put_month(tenant.id, month)

    assert world.manifests.months_of(tenant.id, ["2027-01", "2027-02"]) == {
        "2027-01": month,
        "2027-02": Month("2027-02"),
    }


def test_a_put_that_is_refused_by_its_own_first_try_has_won(world: World, tenant: Tenant) -> None:
    month, head = Month("2027-01", 1, claim="run1"), Head(1, claim="run1")

    assert [world.manifests.put_month(tenant.id, month) for _ in range(2)] == [True, True]
    assert [world.manifests.put_head(tenant.id, head) for _ in range(2)] == [True, True]


def test_months_come_in_order_between_two_inclusive(world: World, tenant: Tenant) -> None:
    names = ["1970-01", "2026-12", "2027-01", "2027-02", "2027-10"]
    for name in reversed(names):
        world.manifests.put_month(tenant.id, Month(name, 1))

    def between(first: str | None, last: str | None) -> list[str]:
        return [month.month for month in world.manifests.months(tenant.id, first, last)]

    assert between(None, None) == names
    assert between("2026-12", "2027-02") == names[1:4]
    assert between("2027-02", None) == names[3:]
    assert between(None, "1970-01") == names[:1]


def test_more_months_are_read_at_once_than_one_call_takes(world: World, tenant: Tenant) -> None:
    world.manifests.put_month(tenant.id, Month("1999-12", 1))
    names = [f"{year}-12" for year in range(1900, 2100)]

    months = world.manifests.months_of(tenant.id, names)

    assert list(months) == names
    assert [name for name, month in months.items() if month.version] == ["1999-12"]


def test_a_head_is_put_only_over_the_version_before_its_own(world: World, tenant: Tenant) -> None:
    before = world.manifests.head(tenant.id)
    heads = [Head(1, {"seen": File("a", 1, 2)}), Head(1, claim="b"), Head(2, claim="c")]

    won = [world.manifests.put_head(tenant.id, head) for head in heads]

    assert (before, won) == (Head(), [True, False, True])
    assert world.manifests.head(tenant.id) == heads[2]


def test_months_wait_until_they_are_done(world: World, tenant: Tenant) -> None:
    names = [f"{year}-07" for year in range(1970, 2010)]
    world.manifests.put_todo(tenant.id, names)
    world.manifests.put_todo(tenant.id, names[:3])

    world.manifests.end_todo(tenant.id, [*names[1:], "2027-01"])

    assert world.manifests.todo(tenant.id) == names[:1]


@pytest.mark.parametrize("landed", ["landing", "changes"])
def test_a_mark_comes_back_as_it_was_put(world: World, tenant: Tenant, landed: str) -> None:
    names = frozenset(bytes([n]) * 12 for n in range(200))
    (other,) = {"landing", "changes"} - {landed}

    before = world.manifests.mark(tenant.id, landed)
    world.manifests.put_mark(tenant.id, HOUR, names, landed)

    assert before == ("", frozenset())
    assert world.manifests.mark(tenant.id, landed) == (HOUR, names)
    assert world.manifests.mark(tenant.id, other) == ("", frozenset())


def test_a_mark_holds_all_names_of_the_busiest_hours(world: World, tenant: Tenant) -> None:
    many = frozenset(n.to_bytes(12) for n in range(60_000))
    few = frozenset(list(many)[:3])

    world.manifests.put_mark(tenant.id, "2027-01-15T08", many)
    busy = world.manifests.mark(tenant.id)
    world.manifests.put_mark(tenant.id, "2027-01-15T09", few)

    assert busy == ("2027-01-15T08", many)
    assert world.manifests.mark(tenant.id) == ("2027-01-15T09", few)


def test_tenants_do_not_see_each_other(world: World, tenant: Tenant, tmp_path: Path) -> None:
    land(world, tenant, NOW, "m1")
    world.lake.put_changes(tenant.id, [User("u1", version=1)], NOW)
    world.manifests.put_month(tenant.id, Month("2027-01", 1))
    world.manifests.put_head(tenant.id, Head(1))
    world.manifests.put_todo(tenant.id, ["2027-01"])
    world.manifests.put_mark(tenant.id, HOUR, frozenset())
    place = f"tenant_id={tenant.id}"
    put(world, tmp_path, f"days/{place}/month=2027-01/a.b.0.r.parquet", f"who/{place}/r.parquet")

    for other in (tenant.id[:-1], tenant.id + "x", ""):
        assert world.lake.landing(other, "") == []
        assert world.lake.changes(other, "") == []
        assert world.lake.of_month(other, "2027-01") == world.lake.of_head(other) == []
        assert world.manifests.months(other) == world.manifests.todo(other) == []
        assert world.manifests.head(other) == Head()
        assert world.manifests.mark(other) == ("", frozenset())
