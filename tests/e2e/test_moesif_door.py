"""Moesif's doors over HTTP, against the local default: what a tracker sends is what is counted."""

from functools import partial
from uuid import uuid4

import pytest

from tests.conftest import Customer, Local
from tests.e2e import moesif_sender
from tests.e2e.moesif_sender import ITEMS, URI, Send, action, ago, call, events
from waypost.sources import moesif

NOUNS = ("actions", "users", "companies", "subscriptions", "events")
PATHS = [f"/v1/{noun}{batch}" for noun in NOUNS for batch in ("", "/batch")]


@pytest.fixture
def send(local: Local, customer: Customer) -> Send:
    """`send("actions", {…})` as a tracker of the customer does."""
    return partial(moesif_sender.send, local, customer)


def test_start_up_calls_are_answered_before_any_event(local: Local, customer: Customer) -> None:
    for id in (customer.token, customer.tenant):
        config = local.send("GET", "/v1/config", X_Moesif_Application_Id=id)
        rules = local.send("GET", "/v1/rules", X_Moesif_Application_Id=id)

        assert config[:2] == (200, moesif.CONFIG)
        assert rules[:2] == (200, [])


@pytest.mark.parametrize("path", PATHS)
def test_every_route_answers_200_and_an_empty_object_with_and_without_a_slash(
    send: Send, local: Local, customer: Customer, path: str
) -> None:
    item = ITEMS[path.split("/")[2]]
    body = [item] if path.endswith("batch") else item

    answers = [send(f"{path.removeprefix('/v1/')}{slash}", body)[:2] for slash in ("", "/")]

    assert answers == [(200, {})] * 2
    assert local.settled(customer, 2)["rejected"] == 0


@pytest.mark.parametrize("path", [*PATHS, "/v1/config", "/v1/rules"])
@pytest.mark.parametrize("headers", [{}, {"X_Moesif_Application_Id": "wp_" + "0" * 64}])
def test_an_unknown_application_is_refused_on_every_route(
    local: Local, path: str, headers: dict[str, str]
) -> None:
    method = "POST" if path in PATHS else "GET"

    status, answer, _ = local.send(method, path, b"{}", **headers)

    assert (status, sorted(answer)) == (401, ["code", "message"])


@pytest.mark.parametrize("path", [*PATHS, "/v1/config"])
def test_a_browser_may_ask_before_it_sends(local: Local, path: str) -> None:
    asked = "X-Moesif-Application-Id, X-Moesif-SDK, Content-Type"

    status, _, headers = local.send(
        "OPTIONS",
        path,
        Origin="https://acme.com",
        Access_Control_Request_Method="POST",
        Access_Control_Request_Headers=asked,
    )

    allowed = headers["access-control-allow-headers"].lower()
    assert (status, headers["access-control-allow-origin"]) == (204, "*")
    assert all(name.lower() in allowed for name in asked.split(", "))


def test_an_action_is_seen_with_everything_that_was_said(
    send: Send, local: Local, customer: Customer
) -> None:
    metadata = {"button_label": "Get Started", "so.me.dots": 1, "deep": {"a.b": "c.d"}}
    fields = {"user_id": "u1", "company_id": "acme", "session_token": "s-1", "metadata": metadata}

    send("actions", action("Clicked", **fields, transaction_id=str(uuid4())))

    (seen,) = events(local, customer, 1)
    assert (seen["action"], seen["account_id"], seen["session"]) == ("Clicked", "acme", "s-1")
    assert (seen["user"]["external_id"], seen["page"]) == ("u1", "https://acme.com/pricing")
    assert seen["info"] == {
        "button_label": "Get Started",
        "so_me_dots": 1,
        "deep": {"a_b": "c.d"},
        "request": {"uri": URI},
    }


def test_the_batch_route_is_moesifs_beside_a_pattern_of_two_variables(
    send: Send, local: Local, customer: Customer
) -> None:
    status, answer, _ = send("actions/batch", [ITEMS["actions"] | {"company_id": "acme"}])

    assert (status, answer) == (200, {})
    (seen,) = events(local, customer, 1)
    assert (seen["source"], seen["action"]) == ("moesif", "Opened")


def test_a_transaction_counts_once_across_batches_of_any_size(
    send: Send, local: Local, customer: Customer
) -> None:
    batch = [
        action(f"Step {n}", user_id="u1", company_id="acme", transaction_id=str(uuid4()))
        for n in range(4)
    ]
    api_call = call(user_id="u1", company_id="acme", transaction_id=str(uuid4()))

    for some in (batch, batch[:2], batch[2:], batch):
        assert send("actions/batch", some)[:2] == (200, {})
    send("events", api_call)
    send("events/batch", [api_call])

    counts = local.settled(customer, 14)
    assert (counts["stored"], counts["duplicate"], counts["rejected"]) == (5, 9, 0)
    assert len(events(local, customer, 5)) == 5


def test_the_first_of_two_bodies_with_one_transaction_is_kept(
    send: Send, local: Local, customer: Customer
) -> None:
    first = action("Opened", user_id="u1", company_id="acme", transaction_id="t-1")

    for name in ("Opened", "Closed"):
        send("actions", first | {"action_name": name})
        counts = local.settled(customer, 1 if name == "Opened" else 2)

    assert (counts["stored"], counts["rejected"]) == (1, 1)
    assert [seen["action"] for seen in events(local, customer, 1)] == ["Opened"]


def test_a_call_of_nobody_is_ignored_in_plain_sight(
    send: Send, local: Local, customer: Customer
) -> None:
    whole = [call(), call(company_id="acme"), call(user_id="u1", company_id="acme")]
    answer = send("events/batch", whole)

    assert answer[:2] == (200, {})
    counts = local.settled(customer, 3)
    assert (counts["stored"], counts["ignored"]) == (2, 1)
    (ignored,) = local.get(customer, "ledger")["ignored"]
    assert (ignored["code"], ignored["index"]) == ("no_user", 0)
    assert send("events", call())[:2] == (200, {})


def test_what_is_refused_beside_others_stands_in_the_ledger(
    send: Send, local: Local, customer: Customer
) -> None:
    old = action("Old", user_id="u1") | {"request": {"uri": URI, "time": ago(days=31)}}

    answer = send("actions/batch", [old, action("New", user_id="u1"), {"action_name": "x"}])

    assert answer[:2] == (200, {})
    local.settled(customer, 3)
    rejected = local.get(customer, "ledger")["rejected"]
    assert {(one["index"], one["code"], one["field"]) for one in rejected} == {
        (0, "too_old", "request.time"),
        (2, "missing_field", "request.uri"),
    }


def test_nothing_usable_is_a_400_with_a_reason(send: Send) -> None:
    status, answer, headers = send("actions/batch", [action("Nobody's")])

    assert (status, answer["code"]) == (400, "identity_missing")
    assert (sorted(answer), headers["access-control-allow-origin"]) == (["code", "message"], "*")


def test_a_type_clash_at_another_depth_is_noted_and_the_action_kept(
    send: Send, local: Local, customer: Customer
) -> None:
    user = {"user_id": "u1", "company_id": "acme"}
    send("actions", action("First", **user, metadata={"some_string": "text"}))
    local.settled(customer, 1)

    send("actions", action("Second", **user, metadata={"some_object": {"some_string": 23, "n": 1}}))

    counts = local.settled(customer, 2)
    assert (counts["stored"], counts["rejected"]) == (2, 0)
    (noted,) = local.get(customer, "ledger")["noted"]
    assert noted["detail"]["path"] == "some_object.some_string"
    newest = events(local, customer, 2)[0]
    assert (newest["action"], newest["info"]["some_object"]) == ("Second", {"n": 1})
