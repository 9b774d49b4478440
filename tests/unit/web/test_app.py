"""One App behind every route: its requests, its answers, and its refusals."""

import base64
import gc
import json
from typing import Any

import pytest
from msgspec import Struct

from tests.asking import asked
from tests.fakes.seconds import context
from tests.faults.doorbell import RECEIVED, gateway_event
from waypost.errors import TooLarge, Unauthorised, Unavailable
from waypost.web.app import App, Call, reply
from waypost.web.reading import formatted, parameters_of


class Thing(Struct):
    id: str
    names: list[str]


class Things(Struct):
    things: list[Thing]
    next: str | None = None


def ring(app: App, path: str = "/x/t-1", body: bytes | str = b"", **query: str) -> Any:
    event = gateway_event("POST", path, body, X_Header="Value")
    event["queryStringParameters"] = query or None
    event["multiValueQueryStringParameters"] = {name: [text] for name, text in query.items()}
    answer = app.resolve(event, context())
    headers = {name.lower(): values[0] for name, values in answer["multiValueHeaders"].items()}
    return answer["statusCode"], answer["body"], headers


def app_that(answer: Any, source: str = "api") -> App:
    app = App(source)

    @app.post("/x/<tenant>")
    def answered(tenant: str) -> Any:
        return answer(app)

    return app


def test_a_call_has_the_bytes_the_id_and_the_time_of_its_request() -> None:
    calls: list[Call] = []

    def answer(app: App) -> Any:
        calls.append(app.call())
        return reply(None)

    ring(app_that(answer), body=b"\x00\xff")

    (call,) = calls
    assert (call.body, call.received) == (b"\x00\xff", RECEIVED)
    assert call.receipt == f"{RECEIVED:015d}-{call.request}"
    assert call.headers["x-header"] == "Value"


def test_headers_and_query_are_read_without_the_body() -> None:
    app = app_that(lambda app: reply([app.headers["x-header"], app.query()]))

    status, body, _ = ring(app, body="\ud800", limit="5", cursor="")

    assert (status, json.loads(body)) == (200, ["Value", {"limit": "5"}])


def test_a_trailing_slash_makes_no_difference() -> None:
    app = app_that(lambda _: reply("here"))

    assert ring(app, "/x/t-1/")[:2] == ring(app, "/x/t-1")[:2] == (200, '"here"')


def test_no_cycles_are_looked_for_while_a_request_is_dealt_with() -> None:
    seen: list[bool] = []

    def answer(_: App) -> Any:
        seen.append(gc.isenabled())
        raise Unavailable("busy")

    ring(app_that(answer))

    assert (seen, gc.isenabled()) == ([False], True)


def test_what_is_overloaded_says_when_to_come_again() -> None:
    def answer(_: App) -> Any:
        raise Unavailable("busy")

    status, body, headers = ring(app_that(answer))

    assert (status, json.loads(body)["code"], headers["retry-after"]) == (503, "unavailable", "5")
    assert headers["access-control-allow-origin"] == "*"


def test_who_is_unknown_is_told_how_to_identify() -> None:
    def answer(_: App) -> Any:
        raise Unauthorised("who?")

    assert ring(app_that(answer))[2]["www-authenticate"] == 'Bearer realm="waypost"'
    assert ring(app_that(answer, "segment"))[2]["www-authenticate"] == 'Basic realm="waypost"'
    assert "www-authenticate" not in ring(app_that(answer, "kinesin"))[2]


def test_what_is_too_large_is_sent_to_the_upload_door_of_its_tenant() -> None:
    def answer(_: App) -> Any:
        raise TooLarge("too much", limit=5)

    status, body, _ = ring(app_that(answer))

    assert status == 413
    assert json.loads(body)["upload"] == "/analytics/uploads/t-1"


def test_a_sender_is_refused_in_its_own_words_and_a_wrong_route_in_the_gateways() -> None:
    app = App("planhat", lambda error, status, path: [error.code, status, path])

    @app.post("/x/<tenant>")
    def refused(tenant: str) -> Any:
        raise Unavailable("busy")

    assert json.loads(ring(app)[1]) == ["unavailable", 503, "/x/t-1"]
    status, body, _ = ring(app, "/nowhere")
    assert (status, json.loads(body)["code"], json.loads(body)["errors"]) == (404, "no_route", [])


@pytest.mark.parametrize("text", ["A", "e30=!"])
def test_a_body_that_is_no_base64_is_refused(text: str) -> None:
    app = app_that(lambda app: reply(app.call().body.decode()))
    event = gateway_event("POST", "/x/t-1", b"") | {"body": text}

    answer = app.resolve(event, context())

    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (400, "malformed_body")
    good = event | {"body": base64.b64encode(b"hi").decode()}
    assert app.resolve(good, context())["body"] == '"hi"'


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (Things([Thing("a", []), Thing("=b", ["x"])]), "id,names\na,\n'=b,x\n"),
        (Things([]), "id,names\n"),
        (Thing("a", ["x", "y"]), "id,names\na,x; y\n"),
    ],
)
def test_as_csv_a_list_is_its_rows_and_one_thing_is_one_row(answer: Struct, text: str) -> None:
    response = formatted(lambda _: answer, asked(format="csv"))

    assert (response.body, response.content_type) == (text, "text/csv; charset=utf-8")


def test_a_format_that_nobody_knows_is_refused() -> None:
    app = app_that(lambda app: formatted(lambda _: Things([]), parameters_of(app)))

    assert ring(app, format="json")[:2] == (200, '{"things":[],"next":null}')
    status, body, _ = ring(app, format="xml")
    assert (status, json.loads(body)["field"]) == (400, "format")


def test_who_accepts_csv_gets_it_and_who_names_a_format_gets_that() -> None:
    app = app_that(lambda app: formatted(lambda _: Things([]), parameters_of(app)))
    event = gateway_event("POST", "/x/t-1", b"", Accept="text/csv")
    named = event | {"multiValueQueryStringParameters": {"format": ["json"]}}

    bodies = [app.resolve(each, context())["body"] for each in (event, named)]

    assert bodies == ["id,names\n", '{"things":[],"next":null}']


@pytest.mark.parametrize(("text", "status"), [('"' * 1_500_000, 200), ('"' * 1_600_000, 422)])
def test_an_answer_that_lambda_would_not_hand_on_is_refused(text: str, status: int) -> None:
    answered, body, _ = ring(app_that(lambda _: reply(text)))

    assert answered == status
    assert status == 200 or json.loads(body)["code"] == "answer_too_large"
