"""Natero's door over HTTP, against the local default: keys, bodies, users, accounts, time."""

import gzip
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Customer, Local, eventually
from waypost.storage.dynamo import Table
from waypost.storage.tokens_table import DynamoTokens
from waypost.tokens import Grant, new

PUBLIC = "natero-api-key"
SITE = "https://acme.example"
Send = Callable[..., tuple[int, Any, dict[str, str]]]


def item(action: str, **fields: Any) -> dict[str, Any]:
    """What Ann of Acme reports, a minute ago."""
    now = int(time.time() * 1000)
    who = {"account_id": "acme", "user_id": "ann", "session_id": "s1", "created_at": now - 60_000}
    return who | {"action": action} | fields


FEATURE = item("feature", feature="Create Report", module="Reports", total=2)


@pytest.fixture
def send(local: Local, customer: Customer) -> Send:
    def post(body: Any, **headers: str) -> tuple[int, Any, dict[str, str]]:
        return local.send("POST", f"/v1/{customer.tenant}/{PUBLIC}", body, **headers)

    return post


def token_of(local: Local, tenant: str, scope: str) -> str:
    directory = Table(local.client("dynamodb"), local.outputs["DirectoryTable"])
    token = new()
    DynamoTokens(directory).put(token, Grant(tenant, frozenset({scope})))
    return token


def test_one_key_of_the_tenant_is_enough_in_either_place(local: Local, customer: Customer) -> None:
    write = token_of(local, customer.tenant, "write")
    keys = [
        *((customer.tenant, PUBLIC), (PUBLIC, customer.tenant)),
        *((write, PUBLIC), (PUBLIC, write)),
        *((customer.tenant, write), (write, customer.tenant), (write, write)),
    ]

    answers = [local.send("POST", f"/v1/{one}/{other}", FEATURE)[:2] for one, other in keys]
    slash = local.send("POST", f"/v1/{customer.tenant}/{PUBLIC}/", FEATURE)[:2]

    assert [*answers, slash] == [(200, {})] * (len(keys) + 1)
    assert local.settled(customer, 8)["received"] == 8


def test_keys_of_nobody_and_of_two_tenants_are_refused(local: Local, customer: Customer) -> None:
    other, reader = local.customer(), token_of(local, customer.tenant, "read")
    keys = [
        *((PUBLIC, "another"), ("wp_nobody", PUBLIC), (reader, PUBLIC)),
        *((customer.tenant, other.tenant), (customer.token, other.token)),
    ]

    for one, two in keys:
        path = f"/v1/{one}/{two}"
        status, body, headers = local.send("POST", path, FEATURE, Origin=SITE)

        assert (status, body["code"]) == (401, "token_unknown")
        assert headers["access-control-allow-origin"] == "*"
    assert local.counts(customer)["received"] == 0


@pytest.mark.parametrize("path", ["actions/batch", "users/batch", "events/batch"])
def test_the_fixed_paths_of_other_doors_stay_theirs(
    local: Local, customer: Customer, path: str
) -> None:
    body = [{"action_name": "Did", "user_id": "ann", "metadata": {}, "request": {"uri": "/"}}]

    status, _, _ = local.send("POST", f"/v1/{path}", body, X_Moesif_Application_Id=customer.token)

    assert status != 401, "the credential stands where only the other door looks for it"


def test_beside_a_fixed_path_only_a_key_opens(local: Local) -> None:
    assert local.send("POST", "/v1/import/x", FEATURE)[0] == 401
    assert local.send("POST", "/v1/x/batch", FEATURE)[0] == 401


def test_a_browser_may_send(local: Local, customer: Customer) -> None:
    path = f"/v1/{customer.tenant}/{PUBLIC}"

    status, _, preflight = local.send("OPTIONS", path, Origin=SITE)
    answer = local.send("POST", path, FEATURE, Content_Type="text/plain", Origin=SITE)

    assert status == 204
    assert preflight["access-control-allow-origin"] == "*"
    assert answer[:2] == (200, {})
    assert answer[2]["access-control-allow-origin"] == "*"


def test_objects_in_every_arrangement_are_each_an_event(
    send: Send, local: Local, customer: Customer
) -> None:
    one, other = (json.dumps(FEATURE | {"user_id": id}).encode() for id in ("u1", "u2"))
    bodies = [one + other, one + b"\n" + other, b"[" + one + b"," + other + b"]"]

    answers = [send(body)[:2] for body in (*bodies, gzip.compress(one + b"\n" + other))]

    counts = local.settled(customer, 8)
    assert answers == [(200, {})] * 4
    assert (counts["stored"], counts["duplicate"], counts["rejected"]) == (2, 6, 0)


def test_a_form_labelled_as_json_makes_a_user_with_its_details(
    send: Send, local: Local, customer: Customer
) -> None:
    body = (
        b"account_id=acme&user_id=u1&created_at=1563000000000&session_id=s1&action=identifyUser"
        b"&details%5Bfirst_name%5D=Ann&details%5Bemail%5D=ann%40acme.com"
    )

    status, answer, _ = send(body, Content_Type="application/json")

    local.settled(customer, 1)
    user = local.get(customer, "users/u1")
    assert (status, answer) == (200, {})
    assert (user["name"], user["email"], user["account_id"]) == ("Ann", "ann@acme.com", "acme")
    assert user["traits"]["first_name"] == "Ann"
    assert local.counts(customer)["stored"] == 1


def test_a_login_is_counted_and_tells_of_its_user(
    send: Send, local: Local, customer: Customer
) -> None:
    details = {"first_name": "Ann", "last_name": "Archer", "mobile_phone": "1", "role": "x" * 129}

    answer = send(item("login", details=details, product="BI"))

    local.settled(customer, 2)
    user = local.get(customer, "users/ann")
    assert answer[:2] == (200, {})
    assert (user["name"], user["traits"]["mobile_phone"]) == ("Ann Archer", "1")
    assert user["traits"]["role"] == "x" * 128
    (event,) = local.get(customer, "events")["events"]
    assert (event["action"], event["product"], event["session"]) == ("login", "BI", "s1")
    (note,) = local.get(customer, "ledger")["noted"]
    assert (note["code"], note["field"], note["index"]) == ("truncated", "role", 0)


def test_an_account_is_what_was_last_said_of_it(
    send: Send, local: Local, customer: Customer
) -> None:
    now = int(time.time() * 1000)
    details = {"name": "Acme Ltd", "employees": "120", "is_churned": "true", "tier": "gold"}
    account = {"account_id": "acme", "action": "identifyAccount"}

    send(account | {"created_at": now - 2000, "details": details})
    send(account | {"created_at": now - 1000, "details": {"is_churned": False}})

    local.settled(customer, 2)
    found = local.get(customer, "accounts/acme")
    assert found["name"] == "Acme Ltd"
    assert found["traits"]["employees"] == 120
    assert (found["traits"]["is_churned"], found["traits"]["tier"]) == (False, "gold")


def test_bad_items_are_in_the_ledger_and_cost_no_neighbour(
    send: Send, local: Local, customer: Customer
) -> None:
    some = send([FEATURE, item("purchase"), item("feature"), item("logout", total=1)])
    none = send([item("purchase"), item("feature")])

    counts = local.settled(customer, 6)
    assert (some[:2], none[0]) == ((200, {}), 400)
    assert (none[1].keys(), none[1]["code"]) == ({"code", "message"}, "unknown_action")
    assert (counts["stored"], counts["rejected"]) == (2, 4)
    codes = [one["code"] for one in local.get(customer, "ledger")["rejected"]]
    assert sorted(codes) == ["missing_field"] * 2 + ["unknown_action"] * 2


@pytest.mark.parametrize("body", [b"", b"hello"])
def test_a_body_without_an_item_is_refused_in_the_senders_shape(send: Send, body: bytes) -> None:
    status, answer, _ = send(body)

    assert (status, answer.keys()) == (400, {"code", "message"})


def test_sessions_and_time_in_modules_become_numbers(
    send: Send, local: Local, customer: Customer
) -> None:
    send(
        [
            item("login"),
            item("pageView", pageName="Home"),
            FEATURE,
            item("sessionSync", active_duration=15_000),
            item("sessionSync", active_duration=14_000, session_id="s2"),
            item("moduleEnd", module="Reports", time_spent=9_500),
            item("moduleEnd", module="Admin", time_spent=500, active_duration=1_000),
            item("pageViewEnd", module="Admin", time_spent=7_000),
        ]
    )
    local.settled(customer, 8)

    local.aggregate(customer)

    def totals(query: str) -> dict[str, float]:
        answer = local.get(customer, f"metrics?{query}")
        return {row["key"]: row["value"] for row in answer["totals"]}

    assert list(totals("metric=sessions").values()) == [2]
    assert list(totals("metric=active_time").values()) == [30]
    times = totals("metric=module_time&group_by=module")
    assert (times["Reports"], times["Admin"]) == (9.5, 0.5)
    # Eight were stored; what a timer sent is nothing that anybody did.
    done = {"login": 1, "pageView": 1, "Create Report": 2}
    assert totals("metric=events&group_by=action") == done
    shown = eventually(lambda: local.get(customer, "events")["events"], lambda f: len(f) == 3)
    assert [one["page"] for one in shown if "page" in one] == ["Home"]


def test_an_hour_of_use_is_what_was_done_in_it_and_not_240_reports(
    send: Send, local: Local, customer: Customer
) -> None:
    start = int(time.time() * 1000) - 3_600_000
    reports = [
        item("sessionSync", active_duration=15_000, created_at=start + number * 15_000)
        for number in range(240)
    ]

    def numbers() -> list[float]:
        metrics = ("events", "weight", "users", "accounts", "sessions", "logins", "active_time")
        answers = [local.get(customer, f"metrics?metric={metric}") for metric in metrics]
        return [row["value"] for answer in answers for row in answer["totals"]]

    send([item("login", created_at=start), *reports, item("feature", feature="Search")])

    counts = local.settled(customer, 242)
    live = eventually(lambda: local.get(customer, "events")["events"], lambda f: len(f) >= 2)
    before, fresh = local.get(customer, "events?user=ann&limit=500")["events"], numbers()
    local.aggregate(customer)
    after = local.get(customer, "events?user=ann&limit=500")["events"]
    of_account = local.get(customer, "events?account=acme&limit=500")["events"]
    for shown in (live, before, after, of_account):
        assert [event["action"] for event in shown] == ["Search", "login"]
    assert counts["stored"] == 242
    user = local.get(customer, "users/ann")
    assert (user["events"], user["first_seen"]) == (2, live[1]["time"])
    assert fresh == numbers() == [2, 2, 1, 1, 1, 1, 3600]


def test_a_session_whose_tab_was_closed_for_good_still_gets_an_end(
    send: Send, local: Local, customer: Customer
) -> None:
    now = int(time.time() * 1000)

    def at(minutes_ago: int, session: str, action: str, **more: Any) -> dict[str, Any]:
        moment = now - minutes_ago * 60_000
        return item(action, session_id=session, created_at=moment, **more)

    send(
        [
            *(at(90, "killed", "login"), at(80, "killed", "sessionSync", active_duration=9_000)),
            *(at(70, "left", "pageView"), at(65, "left", "logout"), at(5, "open", "pageView")),
        ]
    )
    local.settled(customer, 5)

    def told() -> list[tuple[Any, ...]]:
        listed = local.get(customer, "sessions?account=acme")["sessions"]
        names = ("session", "closed_by", "seconds", "active_seconds", "events")
        return [tuple(each[name] for name in names) for each in listed]

    before = told()
    local.aggregate(customer)
    assert before == told()
    assert before == [
        ("open", None, 0, 0, 1),
        ("left", "browser", 300, 0, 2),
        ("killed", "silence", 600, 9, 1),
    ]
