"""moesif-nodejs, unmodified but for its host: its middleware, and every call that it offers."""

from functools import partial
from typing import Any

import pytest

from tests.clients import faults, moesif_calls
from tests.clients.conftest import RunClient
from tests.clients.faults import Bench

PACKAGE = "moesif-nodejs"
DRIVER = "moesif_node.cjs"


sent = partial(moesif_calls.sent, package=PACKAGE, driver=DRIVER)


def test_it_refuses_an_id_of_49_characters_itself_and_works_with_50(
    run_client: RunClient,
) -> None:
    assert run_client(DRIVER, "length") == {"49": False, "50": True}


def test_its_start_up_leaves_sampling_at_all_and_no_rules(
    bench: Bench, run_client: RunClient
) -> None:
    answer = sent(bench, run_client, scenario="start_up", received=1)

    assert (answer["rules"], answer["weight"]) == ([], 1)
    start = bench.proxy.seen[:2]
    assert {one.path for one in start} == {"/v1/config", "/v1/rules"}
    assert {one.status for one in start} == {200}
    for one in start:
        moesif_calls.record(PACKAGE, one.path, moesif_calls.START_UP)


def test_the_requests_of_a_server_arrive_in_one_batch_with_every_field(
    bench: Bench, run_client: RunClient
) -> None:
    answer = sent(bench, run_client, scenario="traffic", received=3)

    assert answer == {"batches": [3], "refused": [None]}
    actions = moesif_calls.seen(bench, 3)
    assert actions.keys() == {"POST /users/u1", "POST /users/{id}/reviews", "POST /users/{id}"}
    full, wire = actions["POST /users/{id}/reviews"], bench.proxy.posts()[0].json()[1]
    assert (full["user"]["external_id"], full["account_id"]) == ("u1", "acme")
    assert (full["session"], full["time"]) == ("s-1", wire["request"]["time"])
    assert full["info"].pop("duration_ms") >= 0
    assert full["info"] == {
        "region": "eu",
        "so_me_dots": 1,
        "tags": "a,b",
        "direction": "Incoming",
        "request": {
            "uri": wire["request"]["uri"],
            "verb": "POST",
            "api_version": "1.0",
            "ip_address": "127.0.0.1",
        },
        "status_code": 200,
    }
    assert bench.proxy.posts()[0].headers["content-encoding"] == "gzip"


def test_a_request_arrives_alone_where_batching_is_off(bench: Bench, run_client: RunClient) -> None:
    answer = sent(bench, run_client, scenario="unbatched", received=1)

    assert answer["refused"] == [None]
    assert [post.path for post in bench.proxy.posts()] == ["/v1/events"]
    assert moesif_calls.seen(bench, 1).keys() == {"POST /users/u1"}


def test_a_request_that_names_a_company_alone_counts_for_it(
    bench: Bench, run_client: RunClient
) -> None:
    sent(bench, run_client, scenario="nobody", received=2, stored=2)

    feed = moesif_calls.seen(bench, 2)
    assert feed.keys() == {"POST /health", "POST /users/u1"}


def test_an_outgoing_call_of_the_server_counts_for_its_user(
    bench: Bench, run_client: RunClient
) -> None:
    sent(bench, run_client, scenario="outgoing", received=1)

    event = moesif_calls.seen(bench, 1)["GET /users/u1"]
    assert (event["user"]["external_id"], event["info"]["direction"]) == ("u1", "Outgoing")


def test_its_actions_arrive_with_every_field(bench: Bench, run_client: RunClient) -> None:
    sent(bench, run_client, scenario="actions", received=3)

    actions, wire = moesif_calls.seen(bench, 3), bench.proxy.posts("/v1/actions")[0].json()
    assert actions.keys() == {"Clicked", "Opened", "Closed"}
    full = actions["Clicked"]
    assert (full["user"]["external_id"], full["account_id"]) == ("u1", "acme")
    assert (full["session"], full["page"]) == ("s-1", "https://acme.com/pricing")
    assert full["time"] == wire["request"]["time"]
    assert full["info"] == {
        "button_label": "Get Started",
        "so_me_dots": 1,
        "request": {
            "uri": "https://acme.com/pricing?utm_source=adwords",
            "verb": "GET",
            "ip_address": "203.0.113.7",
            "user_agent_string": "Mozilla/5.0",
        },
    }
    assert actions["Closed"]["user"]["external_id"] == "u2"


def test_an_action_sent_again_by_hand_counts_once(bench: Bench, run_client: RunClient) -> None:
    sent(bench, run_client, scenario="resent", received=4, stored=2, duplicate=2)

    assert moesif_calls.seen(bench, 2).keys() == {"One", "Other"}


def test_its_users_arrive_and_what_it_leaves_out_erases_nothing(
    bench: Bench, run_client: RunClient
) -> None:
    sent(bench, run_client, scenario="users", received=4)

    user = bench.local.get(bench.customer, "users/u1")
    assert (user["name"], user["account_id"], user["events"]) == ("Ann Archer", "acme", 0)
    assert user["traits"] == {
        "email": user["email"],
        "firstName": "x",
        "name": "Ann Archer",
        "seats": 3,
        "ip_address": "203.0.113.7",
        "user_agent_string": "Mozilla/5.0",
        "campaign": {"utm_source": "adwords", "gclid": "g-1"},
    }
    assert bench.local.get(bench.customer, "users/u2")["account_id"] == "acme"


def test_a_null_time_which_it_writes_as_1970_is_the_time_of_receipt(
    bench: Bench, run_client: RunClient
) -> None:
    sent(bench, run_client, scenario="users", received=4)

    wire = bench.proxy.posts("/v1/users/batch")[0].json()[0]
    assert wire["modified_time"] == "1970-01-01T00:00:00.000Z"
    assert bench.local.get(bench.customer, "users/u1")["email"] == wire["metadata"]["email"]


def test_its_companies_arrive_and_what_it_leaves_out_erases_nothing(
    bench: Bench, run_client: RunClient
) -> None:
    sent(bench, run_client, scenario="companies", received=3)

    account = bench.local.get(bench.customer, "accounts/acme")
    assert account["traits"] == {
        "name": "Acme",
        "plan": "pro",
        "domain": "acme.com",
        "ip_address": "203.0.113.7",
        "campaign": {"utm_source": "adwords"},
    }
    assert bench.local.get(bench.customer, "accounts/bolt")["traits"] == {}


def test_its_subscriptions_arrive_as_traits_of_the_account(
    bench: Bench, run_client: RunClient
) -> None:
    sent(bench, run_client, scenario="subscriptions", received=3)

    wire = bench.proxy.posts("/v1/subscriptions")[0].json()
    subscriptions = bench.local.get(bench.customer, "accounts/acme")["traits"]["subscriptions"]
    wire.pop("company_id")
    assert subscriptions == {"s1": wire, "s2": {"subscription_id": "s2"}}


@pytest.mark.parametrize(("scenario", "route"), [("one", "/v1/events"), ("refused", "/v1/actions")])
@pytest.mark.parametrize(("status", "after"), faults.CASES)
def test_it_reports_what_it_is_refused_and_sends_nothing_again(
    status: int, after: bool, scenario: str, route: str, bench: Bench, run_client: RunClient
) -> None:
    answers: list[dict[str, Any]] = []

    def send() -> None:
        answers.append(run_client(DRIVER, scenario))

    faults.check(PACKAGE, status, after, send, bench, route=route)

    (told,) = answers[0]["refused"]
    assert told.endswith(f"status code {status}")
    if after:
        assert bench.local.settled(bench.customer, 1)["stored"] == 1
