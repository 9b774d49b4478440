"""One suite of promises for the stores in memory and for the real ones: lake and numbers."""

from pathlib import Path

from tests.integration.worlds import World
from waypost.event import Verdict
from waypost.lake.last_seen import Month, Presence, Seen
from waypost.lake.manifests import Manifest
from waypost.lake.records import VERDICTS, Landed, changed, digest, unpack, unpack_changes
from waypost.lake.rollups import RollupRow
from waypost.profiles.directory import Account, User
from waypost.tenants import Tenant

NOW = 1_800_000_000_000
DAY, HOUR = "2027-01-15", "2027-01-15T08"
COUNTS = {"stored": 1, "rejected": 2}
ROWS = [RollupRow(8, None, "acme", "u1", 3, 1.5)]


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


def test_a_parquet_file_is_replaced_only_where_the_one_seen_still_stands(
    world: World, tenant: Tenant, tmp_path: Path
) -> None:
    def put(text: str, seen: str | None) -> bool:
        path = tmp_path / text
        path.write_text(text)
        won: bool = world.lake.put_parquet(tenant.id, "stored", DAY, HOUR, path, seen)
        return won

    created = [put("one", None), put("two", None)]
    (first,) = world.lake.parquet(tenant.id, DAY)
    replaced = [put("three", first.etag), put("four", first.etag), put("five", None)]

    (now,) = world.lake.parquet(tenant.id, DAY)
    assert (created, replaced) == ([True, False], [True, False, False])
    assert world.lake.fetch(now.key, tmp_path / "now").read_text() == "three"


def test_a_parquet_file_that_is_gone_was_changed(
    world: World, tenant: Tenant, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("one")
    seen = '"f97c5d29941bfb1b2fdab0874906ab82"'

    again = world.lake.put_parquet(tenant.id, "stored", DAY, HOUR, tmp_path / "file", seen)

    assert not again
    assert world.lake.parquet(tenant.id, DAY) == []


def test_parquet_files_are_told_by_day_hour_and_kind(
    world: World, tenant: Tenant, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("one")
    for kind, day in (("stored", DAY), ("stored", "2027-01-16")):
        world.lake.put_parquet(tenant.id, kind, day, HOUR, tmp_path / "file", None)

    files = world.lake.parquet(tenant.id, DAY)

    assert sorted((file.kind, file.day, file.hour) for file in files) == [
        ("stored", DAY, HOUR),
    ]


def test_a_day_is_published_only_on_the_version_that_was_claimed(
    world: World, tenant: Tenant
) -> None:
    first = world.metrics.claim(tenant.id, Manifest(DAY), "run1", {HOUR})
    again = world.metrics.claim(tenant.id, Manifest(DAY), "run2", {HOUR})
    later = world.metrics.claim(tenant.id, first, "run3", {HOUR})

    published = [world.metrics.publish(tenant.id, claim, ROWS) for claim in (first, later)]

    (head,) = world.metrics.manifests(tenant.id)
    assert (again, published) == (None, [False, True])
    assert (head.run, head.version, head.claim, head.rewriting) == ("run3", 3, "", [])
    assert list(world.metrics.cube(tenant.id, head)) == ROWS


def test_a_put_that_is_refused_by_its_own_first_try_has_won(world: World, tenant: Tenant) -> None:
    claims = [world.metrics.claim(tenant.id, Manifest(DAY), "run1", {HOUR}) for _ in range(2)]
    published = [world.metrics.publish(tenant.id, claims[0], ROWS) for _ in range(2)]
    months = [Month("2027-01", 2)] * 2
    for month in months:
        world.metrics.publish_month(tenant.id, month, Presence({}, {}), "run1")

    (head,) = world.metrics.manifests(tenant.id)
    assert (claims[0], published) == (claims[1], [True, True])
    assert list(world.metrics.cube(tenant.id, head)) == ROWS
    assert world.metrics.presence(tenant.id) == Presence({}, {})


def test_a_claim_leaves_the_published_numbers_readable(world: World, tenant: Tenant) -> None:
    claimed = world.metrics.claim(tenant.id, Manifest(DAY), "run1", {HOUR})
    assert list(world.metrics.cube(tenant.id, claimed)) == []
    world.metrics.publish(tenant.id, claimed, ROWS)
    (published,) = world.metrics.manifests(tenant.id)

    world.metrics.claim(tenant.id, published, "run2", {HOUR})

    (head,) = world.metrics.manifests(tenant.id)
    assert (head.claim, head.rewriting) == ("run2", [HOUR])
    assert list(world.metrics.cube(tenant.id, head)) == ROWS


def test_manifests_come_by_day_between_two_days_inclusive(world: World, tenant: Tenant) -> None:
    days = ["2027-01-09", "2027-01-10", "2027-01-11", "2027-01-20", "2027-02-01"]
    for day in reversed(days):
        world.metrics.claim(tenant.id, Manifest(day), "run", set())

    def between(first: str | None, last: str | None) -> list[str]:
        return [head.day for head in world.metrics.manifests(tenant.id, first, last)]

    assert between(None, None) == days
    assert between("2027-01-10", "2027-01-20") == days[1:4]
    assert between("2027-01-12", None) == days[3:]
    assert between(None, "2027-01-10") == days[:2]


def test_the_watermark_comes_back_as_it_was_put(world: World, tenant: Tenant) -> None:
    names = frozenset(bytes([n]) * 12 for n in range(200))

    before = world.metrics.watermark(tenant.id)
    world.metrics.put_watermark(tenant.id, HOUR, names)

    assert before == ("", frozenset())
    assert world.metrics.watermark(tenant.id) == (HOUR, names)


def test_a_watermark_holds_all_names_of_the_busiest_hours(world: World, tenant: Tenant) -> None:
    many = frozenset(n.to_bytes(12) for n in range(60_000))
    few = frozenset(list(many)[:3])

    world.metrics.put_watermark(tenant.id, "2027-01-15T08", many)
    busy = world.metrics.watermark(tenant.id)
    world.metrics.put_watermark(tenant.id, "2027-01-15T09", few)

    assert busy == ("2027-01-15T08", many)
    assert world.metrics.watermark(tenant.id) == ("2027-01-15T09", few)


def test_presence_of_older_numbers_never_replaces_newer(world: World, tenant: Tenant) -> None:
    def seen(events: int) -> Presence:
        return Presence({"u1": Seen(NOW, NOW, events, 1.0)}, {"acme": Seen(NOW, NOW, events, 1.0)})

    world.metrics.publish_month(tenant.id, Month("2027-01", 5), seen(7), "run1")
    world.metrics.publish_month(tenant.id, Month("2027-01", 4), seen(6), "run2")
    world.metrics.publish_month(tenant.id, Month("2027-01", 5), seen(5), "run3")
    world.metrics.publish_month(tenant.id, Month("2027-02", 1), seen(1), "run4")

    presence = world.metrics.presence(tenant.id)
    assert {month.month: month.fence for month in world.metrics.months(tenant.id)} == {
        "2027-01": 5,
        "2027-02": 1,
    }
    assert (presence.users["u1"].events, presence.accounts["acme"].events) == (8, 8)


def test_tenants_do_not_see_each_other(world: World, tenant: Tenant, tmp_path: Path) -> None:
    land(world, tenant, NOW, "m1")
    world.lake.put_changes(tenant.id, [User("u1", version=1)], NOW)
    claimed = world.metrics.claim(tenant.id, Manifest(DAY), "run1", {HOUR})
    world.metrics.publish(tenant.id, claimed, ROWS)
    (tmp_path / "file").write_text("one")
    world.lake.put_parquet(tenant.id, "stored", DAY, HOUR, tmp_path / "file", None)

    for other in (tenant.id[:-1], tenant.id + "x", ""):
        assert world.lake.landing(other, "") == []
        assert world.lake.changes(other, "") == []
        assert world.lake.parquet(other, DAY) == []
        assert world.metrics.manifests(other) == []
