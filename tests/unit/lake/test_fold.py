"""The hourly fold: landed records become deduplicated files and numbers, however they come."""

from collections import Counter
from pathlib import Path

import pytest

from tests.unit.lake.folding import DAY, HOUR, NEXT, NOW, Folding, landed, read
from waypost.lake.fold import DayResult
from waypost.lake.rollups import RollupRow
from waypost.times import HOUR_MS


@pytest.fixture
def fold(tmp_path: Path) -> Folding:
    return Folding(tmp_path)


def counts(result: DayResult) -> dict[str, int]:
    total: Counter[str] = Counter()
    for by_verdict in result.counts.values():
        total.update(by_verdict)
    return dict(total)


def test_events_become_rows_by_hour_action_account_and_user(fold: Folding) -> None:
    records = [
        landed("e1", n=0, count=3, weight=0.5),
        landed("e2", n=1, time=NOW + 1, weight=2.0),
        landed("e3", n=2, time=NOW + HOUR_MS, action=None),
        landed("e4", n=3, time=NOW - 24 * HOUR_MS),
    ]

    result = fold(records)

    assert result.rows == [
        RollupRow(8, "a", "acme", "u1", 4, 3.5),
        RollupRow(9, None, "acme", "u1", 1, 1.0),
    ]
    assert counts(result) == {"stored": 3}


def test_a_redelivered_arrival_is_no_duplicate(fold: Folding) -> None:
    records = [landed("e1", n=0), landed("e2", n=1)]

    result = fold(records, records[:1], records[1:], hours=[HOUR, HOUR, NEXT])

    assert counts(result) == {"stored": 2}
    assert sum(row.events for row in result.rows) == 2


def test_an_arrival_of_a_file_that_stays_is_no_duplicate_when_redelivered(fold: Folding) -> None:
    fold([landed("e1")])
    before = fold.file()

    result = fold([landed("e1")], hours=[NEXT], existing=[before])

    assert counts(result) == {}
    assert sum(row.events for row in result.rows) == 1


def test_the_first_reception_is_stored_whatever_lands_first(fold: Folding) -> None:
    early, late = landed("e1", "r1"), landed("e1", "r2", received=NOW + 1)

    result = fold([late], [early])

    assert counts(result) == {"stored": 1, "duplicate": 1}
    assert read(fold.file(), "receipt") == ["r1"]


def test_a_resend_of_what_stays_is_duplicate(fold: Folding) -> None:
    fold([landed("e1", "r2", received=NOW + 1)])
    before = fold.file()

    result = fold([landed("e1", "r1")], hours=[NEXT], existing=[before])

    assert counts(result) == {"duplicate": 1}
    assert fold.fold.write(DAY, NEXT, "stored") is None


def test_another_body_under_one_key_is_rejected(fold: Folding) -> None:
    fold([landed("e1", "r1", digest="one")])
    before = fold.file()
    others = [landed("e1", "r2", n=0, digest="one"), landed("e1", "r2", n=1, digest="two")]

    alone = fold([landed("e1", "r1", digest="one"), *others])
    later = fold(others, hours=[NEXT], existing=[before])

    assert counts(alone) == {"stored": 1, "duplicate": 1, "rejected": 1}
    assert counts(later) == {"duplicate": 1, "rejected": 1}


def test_a_conflict_that_match_found_never_takes_the_place_of_the_event(fold: Folding) -> None:
    conflict = landed("e1", "r0", received=NOW - 1, verdict="rejected", code="conflict")

    result = fold([conflict], [landed("e1", "r1")])

    assert counts(result) == {"stored": 1, "rejected": 1}


def test_rejects_count_on_the_day_of_their_reception(fold: Folding) -> None:
    reject = landed("", "r1", verdict="rejected", code="bad_date", received=NOW, time=NOW)

    assert counts(fold([reject])) == {"rejected": 1}
    assert counts(fold([reject], day="2027-01-14")) == {}


def test_unassigned_events_have_a_file_of_their_own_and_no_numbers(fold: Folding) -> None:
    result = fold([landed("e1", n=0, account_id=None), landed("e2", n=1)])

    assert counts(result) == {"stored": 1, "unassigned": 1}
    assert [row.events for row in result.rows] == [1]
    assert read(fold.file(kind="unassigned"), "id") == ["e1"]


def test_a_file_holds_its_own_day_and_hour_in_the_order_of_time(fold: Folding) -> None:
    yesterday = landed("e0", n=9, time=NOW - 24 * HOUR_MS)
    fold(
        [landed("e2", n=0, time=NOW + 1), landed("e1", n=1), yesterday],
        [landed("e3", "r2")],
        hours=[HOUR, NEXT],
    )

    assert read(fold.file(), "id") == ["e1", "e2"]
    assert read(fold.file(NEXT), "id") == ["e3"]


def test_hours_that_are_not_rewritten_only_tell_what_is_known(fold: Folding) -> None:
    fold([landed("e1")])
    before = fold.file()

    result = fold(
        [landed("e1")],
        [landed("e1", n=0), landed("e2", n=1)],
        hours=[HOUR, NEXT],
        rewritten={NEXT},
        existing=[before],
    )

    assert counts(result) == {"stored": 1}
    assert sum(row.events for row in result.rows) == 2


def test_no_two_runs_write_the_same_bytes(fold: Folding) -> None:
    fold([landed("e1")])

    written = [fold.file(run=run).path.read_bytes() for run in ("run1", "run1", "it's")]

    assert written[0] == written[1] != written[2]


def test_a_file_without_rows_is_written_only_where_it_is_asked_for(fold: Folding) -> None:
    fold([landed("e1")])

    left_out = fold.fold.write(DAY, HOUR, "unassigned")

    assert left_out is None
    assert read(fold.file(kind="unassigned", even_empty=True), "id") == []


@pytest.mark.parametrize("text", ["\0", "\u202e😀", "'; DROP TABLE landed", '"\\\n', "", "x" * 512])
def test_any_text_comes_through(fold: Folding, text: str) -> None:
    result = fold([landed("e1", action=text, user_id=text, properties={text: [text, {}]})])

    assert [(row.action, row.user) for row in result.rows] == [(text, text)]
