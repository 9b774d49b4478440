"""cruds, unmodified but for its hosts: activities, its Segment door, metrics, and its refusals."""

from functools import partial

import pytest

from tests.clients import faults
from tests.clients.conftest import RunClient
from tests.clients.cruds_calls import ACME, PACKAGE, Calls, Named, make, record
from tests.clients.faults import Bench
from tests.clients.segment_calls import minutes_ago
from tests.conftest import eventually


@pytest.fixture
def call(run_client: RunClient) -> Calls:
    return partial(make, run_client)


def test_a_key_that_nobody_has_is_told_and_not_tried_again(call: Calls, bench: Bench) -> None:
    (told,) = call(("company", "create", ACME), WAYPOST_KEY="nobody")

    assert "status code 401" in told["message"]
    assert len(bench.proxy.posts()) == 1


def test_activities_arrive_field_by_field(call: Calls, bench: Bench) -> None:
    single = {
        "email": "ann@acme.com", "name": "Ann Archer", "companyExternalId": "acme",
        "action": "Logged in", "weight": 2.5, "date": minutes_ago(5), "info": {"theme": "Blue"},
    }  # fmt: skip
    bulk = [
        {"externalId": f"u-{n}", "companyExternalId": "acme", "action": f"A{n}", "count": 2,
         "date": minutes_ago(n)}
        for n in range(50)
    ]  # fmt: skip

    told = call(
        ("user_activity", "create_activity", single),
        ("user_activity", "create_activity", bulk, True),
        ("user_activity", "create_activity", [{}], Named(bulk=True)),
    )

    assert told[:2] == [{"processed": 1, "errors": []}, {"processed": 50, "errors": []}]
    assert told[2]["errors"]["errors"][0]["code"] == "identity_missing"
    page = eventually(
        lambda: bench.local.get(bench.customer, "events?limit=500")["events"],
        lambda events: len(events) >= 51,
    )
    events = {event["action"]: event for event in page}
    logged = events.pop("Logged in")
    assert (logged["time"], logged["weight"], logged["account_id"]) == (single["date"], 2.5, "acme")
    assert logged["info"] == single["info"]
    assert (logged["user"]["email"], logged["user"]["name"]) == ("ann@acme.com", "Ann Archer")
    assert {(f"A{n}", 2, one["date"]) for n, one in enumerate(bulk)} == {
        (action, event["count"], event["time"]) for action, event in events.items()
    }
    assert all(post.headers["authorization"].startswith("Basic ") for post in bench.proxy.posts())
    record("/analytics/{tenant}", "activity")
    record("/analytics/bulk/{tenant}", "activities")


def test_its_segment_door_takes_one_and_many(call: Calls, bench: Bench) -> None:
    traits = {"name": "Peter Gibbons", "email": "peter@initech.com", "companyId": "ABCDE"}
    identify = {"type": "identify", "user_id": "12345", "traits": traits}
    track = {"type": "track", "user_id": "12345", "event": "downloaded a report", "properties": {}}

    told = call(("user_activity", "segment", identify), ("user_activity", "segment", [track] * 3))

    assert [one["processed"] for one in told] == [1, 3]
    bench.local.settled(bench.customer, 4)
    user = bench.local.get(bench.customer, "users/12345")
    assert (user["email"], user["name"], user["account_id"]) == (
        "peter@initech.com", "Peter Gibbons", "ABCDE",
    )  # fmt: skip
    record("/dock/segment", "identify and track")


def test_metrics_come_back_by_day_page_and_name(call: Calls) -> None:
    points = [
        {"dimensionId": "flightTime", "value": n, "externalId": "airbus", "model": "Company",
         "date": f"2026-01-0{n}T08:00:00.000Z"}
        for n in range(1, 6)
    ]  # fmt: skip
    sent, refused, single = call(
        ("metrics", "bulk_insert_metrics", points),
        ("metrics", "bulk_insert_metrics", [points[0] | {"value": "much"}]),
        ("metrics", "bulk_insert_metrics", points[0] | {"dimensionId": "fuel", "value": 0.5}),
    )

    all_days, two_days, fuel, airbus, boeing = call(
        ("metrics", "get_dimension_data", "2026-01-01", "2026-01-05", Named(limit=4)),
        ("metrics", "get_dimension_data", 20455, 20456),
        ("metrics", "get_dimension_data", 20454, 20458, None, "fuel"),
        ("metrics", "get_dimension_data", 20454, 20458, "extid-airbus"),
        ("metrics", "get_dimension_data", 20454, 20458, "extid-boeing"),
    )

    assert (sent, single["processed"]) == ({"processed": 5, "errors": []}, 1)
    assert refused["errors"]["errors"][0]["code"] == "invalid_number"
    assert [len(page) for page in all_days] == [4, 2]
    read_back = [point for page in all_days for point in page]
    kept = [point for point in read_back if point["dimensionId"] == "flightTime"]
    assert [(one["time"], one["value"], one["externalId"], one["model"]) for one in kept] == [
        (one["date"], one["value"], "airbus", "Company") for one in points
    ]
    assert [one["value"] for one in two_days[0]] == [2, 3]
    assert [one["value"] for one in fuel[0]] == [0.5]
    assert airbus == [read_back]
    assert boeing == [[]]
    record("/dimensiondata/{tenant}", "metrics")
    record("/dimensiondata", "metrics read back")


@pytest.mark.parametrize(("status", "after"), faults.CASES)
def test_a_refusal_is_dropped_or_sent_again_as_the_table_says(
    status: int, after: bool, bench: Bench, call: Calls
) -> None:
    activity = {"email": "ann@acme.com", "companyExternalId": "acme", "action": "Logged in"}
    dated = activity | {"date": minutes_ago(3)}
    send = partial(call, ("user_activity", "create_activity", dated))

    faults.check(PACKAGE, status, after, send, bench, "/analytics")


@pytest.mark.parametrize("path", ["/companies", "/dimensiondata"])
def test_what_is_sent_again_is_written_once(path: str, bench: Bench, call: Calls) -> None:
    point = {"dimensionId": "f", "value": 1, "externalId": "acme", "date": "2026-01-01T00:00Z"}
    bench.proxy.answer(503, after=True, path=path)

    upsert, sent, pages, points = call(
        ("company", "bulk_upsert", [ACME]),
        ("metrics", "bulk_insert_metrics", point),
        ("company", "get_list"),
        ("metrics", "get_dimension_data", 0, "2026-02-01"),
    )

    assert len(bench.proxy.posts(path)) == 2
    assert (upsert["created"] + upsert["nonupdates"], sent["processed"]) == (1, 1)
    assert ([len(page) for page in pages], [len(page) for page in points]) == ([1], [1])
