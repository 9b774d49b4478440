"""What the senders' own documents promise of the numbers, said in plain words, over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import Customer, Local, eventually
from tests.e2e.commandline import Run
from tests.e2e.modelclient import Models
from tests.kinesin_bodies import ANON, DOCUMENTED
from waypost import times
from waypost.sources.kinesin_types import VIDEO

# Within the live tables, and long over.
START = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=26)


def moment(millisecond: int) -> int:
    """In milliseconds since 1970."""
    return int(START.timestamp()) * 1000 + millisecond


def at(millisecond: int) -> str:
    return times.iso(moment(millisecond))


def totals(local: Local, customer: Customer, query: str) -> dict[str, float]:
    answer = local.get(customer, f"metrics?{query}")
    return {row["key"]: row["value"] for row in answer["totals"]}


def post(local: Local, customer: Customer, *items: dict[str, Any]) -> None:
    """Planhat activities in one request."""
    status, answer, _ = local.send("POST", f"/analytics/{customer.tenant}", list(items))
    assert (status, answer["errors"]) == (200, [])


def feed(local: Local, customer: Customer, query: str, events: int) -> list[dict[str, Any]]:
    """A feed, once it shows that many events."""
    shown: list[dict[str, Any]] = eventually(
        lambda: local.get(customer, query)["events"], lambda found: len(found) == events
    )
    return shown


@pytest.fixture(params=["at once", "after the hourly job"])
def settle(request: pytest.FixtureRequest, local: Local, customer: Customer) -> Any:
    """Waits until so many events are matched, and in one of two cases are folded as well."""

    def wait(received: int) -> None:
        local.settled(customer, received)
        if request.param == "after the hourly job":
            local.aggregate(customer)

    return wait


def test_a_client_of_synerise_who_has_no_company_is_counted(
    local: Local, customer: Customer, settle: Any
) -> None:
    view = {"action": "screen.view", "label": "Viewed", "client": {"customId": "c1"}}

    status, _, _ = local.send(
        "POST", "/v4/events/custom", view, Authorization=f"Bearer {customer.token}"
    )

    assert status == 202
    settle(1)
    counts = local.counts(customer)
    assert (counts["stored"], counts["unassigned"]) == (1, 1)
    assert totals(local, customer, "metric=events&group_by=action") == {"screen.view": 1}
    assert totals(local, customer, "metric=users&group_by=account") == {"(no account)": 1}
    assert local.get(customer, "users/c1")["events"] == 1


def test_a_developer_of_moesif_on_a_free_mail_address_is_in_the_numbers(
    local: Local, customer: Customer, settle: Any
) -> None:
    key = {"X-Moesif-Application-Id": customer.token}
    profile = {"user_id": "dev1", "metadata": {"email": "dev1@gmail.com"}}
    request = {"time": at(0), "uri": "https://acme.com/signup"}
    action = {"action_name": "Signed Up", "user_id": "dev1", "request": request}

    answers = [
        local.send("POST", f"/v1/{route}", body, **key)[0]
        for route, body in (("users", profile), ("actions", action))
    ]

    assert answers == [200, 200]
    settle(2)
    assert totals(local, customer, "metric=users&group_by=action") == {"Signed Up": 1}
    assert local.get(customer, "users/dev1@gmail.com")["events"] == 1


def test_what_a_company_of_moesif_does_counts_for_the_account_and_for_no_user(
    local: Local, customer: Customer, settle: Any, waypost: Run
) -> None:
    key = {"X-Moesif-Application-Id": customer.token}
    renewed: dict[str, Any] = {
        "action_name": "Renewed",
        "company_id": "67890",
        "session_token": "s1",
    }
    renewed |= {"request": {"time": at(0), "uri": "https://acme.com/plan"}, "transaction_id": "t-1"}
    called = {"time": at(1), "uri": "https://acme.com/hello/1", "verb": "GET", "headers": {}}
    by_a_user = renewed | {"action_name": "Saw plan", "user_id": "dev1", "transaction_id": "t-2"}
    call = {"company_id": "67890", "request": called}

    sent = [("actions/batch", [renewed, by_a_user]), ("actions", renewed), ("events", call)]
    answers = [local.send("POST", f"/v1/{route}", body, **key)[:2] for route, body in sent]

    assert answers == [(200, {})] * 3
    settle(4)
    counts = local.counts(customer)
    assert (counts["stored"], counts["duplicate"], counts["unassigned"]) == (3, 1, 0)
    assert totals(local, customer, "group_by=action") == {
        **{"Renewed": 1, "Saw plan": 1},
        "GET /hello/{id}": 1,
    }
    assert totals(local, customer, "group_by=user")["(no user)"] == 2
    assert totals(local, customer, "metric=users&group_by=account") == {"67890": 1}
    assert totals(local, customer, "metric=accounts&group_by=action&action=Renewed") == {
        "Renewed": 1
    }
    assert local.get(customer, "accounts/67890")["events"] == 3
    for query in ("events", "events?account=67890"):
        shown = feed(local, customer, query, 3)
        assert {event["account_id"] for event in shown} == {"67890"}, query
        assert [event["action"] for event in shown if event["user"]["id"]] == ["Saw plan"], query
    assert local.get(customer, "sessions")["total"] == 2
    assert local.get(customer, "paths?action=Renewed")["count"] == 0
    funnel = local.get(customer, "funnels?per=account&step=Renewed&step=Saw%20plan")
    assert funnel["steps"][0]["count"] == 1
    assert "  (no user)  Renewed  67890\n" in waypost("tail").stdout
    assert len(local.get(customer, "users")["users"]) == 1


def test_the_payload_of_kinesinlms_that_names_no_course_is_counted(
    local: Local, customer: Customer, settle: Any
) -> None:
    status, _, _ = local.send(
        "POST",
        "/api/tracking",
        DOCUMENTED,
        Authorization=f"Bearer {customer.token}",
        X_Anon_Username=ANON,
    )

    assert status == 201
    settle(1)
    assert totals(local, customer, "metric=users&group_by=action") == {VIDEO: 1}


def test_when_somebody_was_last_active_is_known_to_the_millisecond(
    local: Local, customer: Customer, settle: Any
) -> None:
    ann = {"externalId": "ann", "companyExternalId": "acme", "action": "Opened"}

    post(local, customer, ann | {"date": at(50_924)}, ann | {"date": at(49_428)})

    settle(2)
    for path in ("users/ann", "accounts/acme"):
        shown = local.get(customer, path)
        assert (shown["first_seen"], shown["last_seen"]) == (at(49_428), at(50_924))


def test_feeds_are_newest_first_whatever_the_order_inside_a_request(
    local: Local, customer: Customer, settle: Any
) -> None:
    ann = {"externalId": "ann", "companyExternalId": "acme", "action": "Opened"}
    sent = [50_924, 49_428, 50_064, 47_624, 47_928]

    post(local, customer, *(ann | {"date": at(millisecond)} for millisecond in sent))

    settle(5)
    newest_first = [at(millisecond) for millisecond in sorted(sent, reverse=True)]
    for query in ("events", "events?account=acme", "events?user=ann"):
        shown = feed(local, customer, query, 5)
        assert [event["time"] for event in shown] == newest_first, query


def test_what_is_tracked_of_a_user_id_is_shown_under_the_name_of_the_person(
    local: Local, customer: Customer, settle: Any, waypost: Run
) -> None:
    who = {"name": "Peter Gibbons", "email": "peter@initech.com", "companyId": "ABCDE"}
    identify = {"type": "identify", "user_id": "12345", "traits": who}
    track = {"type": "track", "user_id": "12345", "event": "downloaded a report"}

    for message in (identify, track):
        status, _, _ = local.send(
            "POST", "/dock/segment", message, Authorization=f"Bearer {customer.token}"
        )
        assert status == 200

    settle(2)
    for query in ("events", "events?account=ABCDE"):
        (shown,) = feed(local, customer, query, 1)
        assert (shown["user"]["name"], shown["action"]) == ("Peter Gibbons", track["event"])
    printed = waypost("tail", "--account", "ABCDE").stdout
    assert printed.endswith("  Peter Gibbons  downloaded a report  ABCDE\n")
    assert waypost("tail").stdout == printed


def test_what_was_done_before_somebody_was_placed_stands_at_the_account(
    local: Local, customer: Customer, settle: Any, waypost: Run
) -> None:
    models = Models(local, customer)
    post(local, customer, *({"email": "ann@gmail.com", "action": f"Did {n}"} for n in range(3)))
    settle(3)
    assert totals(local, customer, "group_by=account") == {"(no account)": 3}
    (waiting,) = local.get(customer, "unassigned")["unassigned"]
    assert waiting["events"] == 3
    models.ok("POST", "/companies", {"externalId": "acme", "name": "Acme"})

    (user,) = models.ok("GET", "/endusers?email=ann@gmail.com")
    models.ok("PATCH", f"/endusers/{user['_id']}", {"companyId": "extid-acme"})

    assert totals(local, customer, "group_by=account") == {"acme": 3}
    assert local.get(customer, "accounts/acme")["events"] == 3
    assert local.get(customer, "unassigned")["unassigned"] == []
    assert local.counts(customer)["unassigned"] == 0
    for query in ("events", "events?account=acme"):
        shown = feed(local, customer, query, 3)
        assert [event["account_id"] for event in shown] == ["acme"] * 3, query
    assert {line.rpartition("  ")[2] for line in waypost("tail").stdout.splitlines()} == {"acme"}


def test_a_user_of_no_company_is_reported_and_brings_all_events_along_at_the_next_login(
    local: Local, customer: Customer, settle: Any
) -> None:
    bearer = f"Bearer {customer.token}"
    track = {"type": "track", "user_id": "12345", "event": "downloaded a report"}
    track |= {"timestamp": at(50_924)}
    identify = {"type": "identify", "user_id": "12345", "traits": {"companyId": "ABCDE"}}

    local.send("POST", "/dock/segment", track, Authorization=bearer)

    settle(1)
    (waiting,) = local.get(customer, "unassigned")["unassigned"]
    assert (waiting["external_id"], waiting["events"]) == ("12345", 1)
    assert waiting["last_seen"] == at(50_924)

    local.send("POST", "/dock/segment", identify, Authorization=bearer)

    settle(2)
    assert local.get(customer, "unassigned")["unassigned"] == []
    assert local.get(customer, "accounts/ABCDE")["events"] == 1
    (shown,) = feed(local, customer, "events?account=ABCDE", 1)
    assert shown["action"] == track["event"]


def test_a_feature_reported_by_natero_shows_the_user_who_logged_in(
    local: Local, customer: Customer, settle: Any
) -> None:
    person = {"user_id": "u1", "account_id": "globex", "session_id": "s1"}
    details = {"first_name": "Ann", "last_name": "Smith"}
    login = person | {"action": "login", "created_at": moment(0), "details": details}
    feature = person | {"action": "feature", "created_at": moment(9), "feature": "Create Report"}

    for item in (login, feature):
        path = f"/v1/{customer.tenant}/{customer.token}"
        assert local.send("POST", path, item)[0] == 200

    settle(3)
    shown = feed(local, customer, "events?account=globex", 2)
    assert [event["user"]["name"] for event in shown] == ["Ann Smith"] * 2
