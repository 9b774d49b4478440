"""`waypost sql`: what the views say."""

from pathlib import Path

import pytest

from tests.unit.cli import sql_world
from tests.unit.cli.sql_world import DAY, MOMENT, ODD, ask
from tests.unit.lake.lakes import Lake
from waypost.times import start_of_day


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return sql_world.lake(tmp_path_factory.mktemp("lake"))


def test_an_event_is_of_the_person_and_account_of_now(lake: Lake) -> None:
    query = "SELECT user_id, user_name, account_id, account_name FROM events ORDER BY time, id"

    assert ask(lake, query) == [
        ("ann", ODD, "globex", "Globex"),
        ("ann", ODD, "acme", "Acme"),
        ("ann", ODD, "globex", "Globex"),
        ("new", None, None, None),
        (None, None, "acme", "Acme"),
        ("erased", None, None, None),
        ("ann", ODD, "globex", "Globex"),
    ]


def test_times_are_utc_and_ids_are_those_of_the_api(lake: Lake) -> None:
    query = "SELECT id, time::VARCHAR, day::VARCHAR, month, tenant_id FROM events ORDER BY time"

    first = ask(lake, query)[0]

    assert first == (f"{1:032x}", "2027-01-03 01:01:02.001", DAY, "2027-01", "t1")


def test_a_user_is_a_person_and_what_all_of_its_ids_did(lake: Lake) -> None:
    query = "SELECT user_id, events, weight, account_name, reason, confidence, traits FROM users"

    assert ask(lake, f"{query} ORDER BY 1") == [
        ("ann", 5, 3.0, "Globex", "email_domain", 0.75, '{"role":"admin"}'),
        ("idle", 0, 0.0, None, "no_domain", None, None),
    ]


def test_reports_of_time_are_not_the_first_or_last_that_somebody_did(lake: Lake) -> None:
    query = "SELECT epoch_ms(first_seen), epoch_ms(last_seen) FROM users ORDER BY user_id"

    assert ask(lake, query) == [(1, MOMENT + 1), (None, None)]


def test_an_account_counts_its_people_and_its_events(lake: Lake) -> None:
    query = "SELECT account_id, name, users, events FROM accounts ORDER BY 1"

    assert ask(lake, query) == [("acme", "Acme", 0, 3), ("globex", "Globex", 1, 2)]


def test_activity_has_a_row_for_each_day_user_and_account(lake: Lake) -> None:
    query = """SELECT day::VARCHAR, user_id, account_id, events, active_seconds, module_seconds
        FROM activity ORDER BY day, user_id, account_id"""

    assert ask(lake, query) == [
        (DAY, "ann", "acme", 2, 0.25, 2.75),
        (DAY, "ann", "globex", 4, 1.5, None),
        (DAY, "erased", None, 2, None, None),
        (DAY, "new", None, 2, None, None),
        (DAY, None, "acme", 2, None, None),
        ("2027-02-12", "ann", "globex", 2, None, None),
    ]


def test_a_session_is_one_of_a_person_in_a_month(lake: Lake) -> None:
    query = """SELECT month, session, user_id, events, active_seconds, ended - started
        FROM sessions ORDER BY started"""

    rows = [(*row[:5], row[5].total_seconds()) for row in ask(lake, query)]

    assert rows == [
        ("2027-01", "s1", "ann", 4, 1.75, 8.0),
        ("2027-01", "s2", "ann", 2, None, 0.0),
        ("2027-01", "s3", "idle", 0, 1.0, 0.0),
        ("2027-02", "s2", "ann", 2, None, 0.0),
    ]


def test_a_session_tells_what_closed_it(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for day, sessions in (("2020-01-03", "over left"), ("2320-01-03", "open")):
        at = start_of_day(day)
        rows = [{"time": at, "action": "a", "session": name} for name in sessions.split()]
        rows += [{"time": at, "action": "logout", "session": "left"}] * ("left" in sessions)
        lake.add("context", day, day, [{"user_id": "ann", "count": 1, **row} for row in rows])

    assert ask(lake, "SELECT session, closed_by FROM sessions ORDER BY 1") == [
        ("left", "browser"),
        ("open", None),
        ("over", "silence"),
    ]


def test_days_bound_what_is_seen_of_events(lake: Lake) -> None:
    query = "SELECT count(*) FROM events"

    assert ask(lake, query, first="2027-02-01") == [1]
    assert ask(lake, query, last="2027-01-31") == [6]
