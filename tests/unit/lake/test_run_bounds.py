"""What a run of much, or of little, costs: runs, calls, files and the size of manifests."""

from random import Random

import pytest

from tests.faults.killers import Killer, mortal
from tests.unit.lake.folding import NOW, TENANT, Lake, landed
from waypost import times
from waypost.lake import commit, compaction, months
from waypost.lake.commit import Publication
from waypost.lake.months import File, Month, span
from waypost.lake.ports import FoldStores
from waypost.lake.records import VERDICTS
from waypost.lake.tables import MONTHLY
from waypost.storage import packing
from waypost.times import DAY_MS, HOUR_MS

pytestmark = pytest.mark.slow

ITEM_BYTES = 400_000  # the most that DynamoDB takes


def calls(lake: Lake) -> int:
    """How many calls to stores a run makes."""
    counting = Killer()
    files, manifests = mortal(counting, lake.lake, lake.manifests)
    stores = lake.stores()
    lake.run(stores=FoldStores(files, manifests, stores.schemas, stores.clock))
    return counting.calls


def written(lake: Lake, before: set[str]) -> list[str]:
    """Of each file that was written since: its table and days."""
    new = (key for key in lake.lake.objects.keys() - before if "/month=" in key)
    return sorted(f"{key.split('/')[0]} {key.rsplit('/', 1)[-1][:21]}" for key in new)


def test_one_request_with_dates_of_many_years_does_not_stop_the_numbers_of_today() -> None:
    lake = Lake()
    lake.land(*(landed(f"e{n}", n=n, time=NOW - n * 10 * DAY_MS) for n in range(1_500)))
    for hour in range(2):
        lake.clock.tick(HOUR_MS)
        lake.land(landed(f"today{hour}", f"today{hour}"))

        lake.run(remaining_ms=0)

        today = lake.rows("events", "count(*)", times.day(NOW))
        assert today == [(2 + hour,)]
    assert lake.totals()["received"] == 1_502


def test_what_a_run_had_no_time_for_the_next_ones_fold() -> None:
    lake = Lake()
    lake.land(*(landed(f"e{n}", n=n, time=NOW - n * 10 * DAY_MS) for n in range(60)))
    lake.run(remaining_ms=0)

    left = [lake.run().left for _ in range(2)]

    assert left == [0, 0]
    assert len(lake.rows("path")) == 60


def test_a_backfill_of_a_year_makes_few_files_and_calls() -> None:
    lake = Lake()
    lake.land(*(landed(f"e{n}", n=n, time=NOW - n * DAY_MS) for n in range(365)))

    made = calls(lake)

    per_table = [len(files) for month in lake.months() for table, files in month.files.items()]
    assert len(lake.rows("path")) == 365
    assert max(per_table) <= 5
    assert made <= 13 * 25 + 100


@pytest.mark.parametrize("days_ago", [1, 40])
def test_five_late_events_write_their_day_and_no_other(days_ago: int) -> None:
    lake = Lake()
    for day in range(60):
        events = [landed(f"e{day}.{n}", f"r{day}", n=n, time=NOW - day * DAY_MS) for n in range(3)]
        lake.land(*events)
    lake.run()
    before, late = set(lake.lake.objects), NOW - days_ago * DAY_MS
    lake.land(*(landed(f"late{n}", "late", n=n, time=late) for n in range(5)))

    made = calls(lake)

    name = times.day(late)
    assert written(lake, before) == sorted(
        f"{table} {name}.{name}" for table in MONTHLY if table != "others"
    )
    assert made <= 40


def test_late_events_of_every_hour_keep_the_manifest_of_a_month_small() -> None:
    """Publications as they may come: of one day, of several with others in between, in parts."""
    chance, month, days = Random(1), Month("2027-01"), list(span("2027-01-01", "2027-01-31"))
    for number in range(300):
        some = sorted(chance.sample(days, chance.choice((1, 1, 2, 3, 7))))
        parts = chance.choice((1, 1, 4)) if len(some) == 1 else 1
        month = commit.published(month, publication(some, number, parts))
        month.gone.clear()

        owned = [list(file.days()) for file in month.files["events"]]
        assert all(owned)
        assert len(owned) <= 31 * 4
        assert {day for days in owned for day in days} == month.counts.keys()

    assert len(packing.compressed(months.encode(month))) < ITEM_BYTES / 4


def publication(days: list[str], number: int, parts: int) -> Publication:
    but = tuple(day for day in span(days[0], days[-1]) if day not in days)
    keys = tuple(f"a_rather_long_property_{n}" for n in range(30))
    files = {
        table: [
            File(
                f"{table}/tenant_id={TENANT}/month=2027-01/{days[0]}.{days[-1]}.{part}."
                f"{NOW + number:015d}-{number:08x}-{part}.parquet",
                rows=10**7,
                size=10**9,
                first=days[0],
                last=days[-1],
                but=but,
                keys=keys if table == "props" else (),
                part=part,
                parts=parts,
            )
            for part in range(parts)
        ]
        for table in MONTHLY
    }
    counts: dict[str, int] = dict.fromkeys(VERDICTS, 10**9)
    return Publication(dict.fromkeys(MONTHLY, frozenset(days)), files, dict.fromkeys(days, counts))


def test_late_days_of_a_month_that_is_over_become_one_file_when_they_are_many() -> None:
    lake = Lake()
    lake.land(*(landed(f"e{n}", n=n, time=NOW - (20 + n) * DAY_MS) for n in range(20)))
    lake.run()
    most = 0
    for number in range(9):
        lake.clock.tick(HOUR_MS)
        late = NOW - (20 + number) * DAY_MS
        lake.land(landed(f"late{number}", f"late{number}", time=late))
        lake.run()
        most = max(most, *(len(files) for m in lake.months() for files in m.files.values()))

    assert most <= compaction._FILES
    assert sum(events for (events,) in lake.rows("totals", "events")) == 29


def test_hundreds_of_months_are_read_and_waited_for() -> None:
    lake = Lake()
    names = [f"{year}-{month:02d}" for year in range(1970, 2030) for month in range(1, 13)]
    for name in names:
        assert lake.manifests.put_month(TENANT, Month(name, 1))
    lake.manifests.put_todo(TENANT, names)

    assert [month.month for month in lake.months()] == names
    assert lake.manifests.months_of(TENANT, names).keys() == set(names)
    assert lake.manifests.todo(TENANT) == names
    assert lake.run().left == 0
    assert lake.manifests.todo(TENANT) == []
