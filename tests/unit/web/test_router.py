"""Paths and methods: the right handler, and an id that arrives as it was meant."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.fakes.seconds import context
from tests.faults.doorbell import gateway_event
from waypost.errors import NotFound
from waypost.web.app import App, reply
from waypost.web.responses import preflight
from waypost.web.router import Router

IDS = [
    "a/b", "/", "a//b", "?x=1", "#top", 'say "hi"', "back\\slash", "😀", "ü", "100%", "%2F", "%25",
    "%zz", "a+b", "a b", ".", "..", "é", "<id>", "{id}", "x" * 900,
]  # fmt: skip


def site() -> App:
    app = App()

    @app.get("/x/<id>")
    @app.put("/x/<id>")
    def thing(id: str) -> Any:
        return reply(["thing", id])

    @app.post("/x/bulk")
    def bulk() -> Any:
        return reply(["bulk"])

    @app.get("/<one>/<two>/end")
    def both(one: str, two: str) -> Any:
        return reply([one, two])

    app.elsewhere("/x/<id>", "DELETE")
    return app


def asked(app: App, method: str, path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    answer = app.resolve(gateway_event(method, path, "", **headers), context())
    named = {name.lower(): value for name, (value,) in answer["multiValueHeaders"].items()}
    return answer["statusCode"], answer["body"], named


@pytest.mark.parametrize("id", IDS)
def test_an_id_arrives_as_it_was_meant_and_decoded_once(id: str) -> None:
    status, body, _ = asked(site(), "GET", f"/x/{quote(id, safe='')}")

    assert (status, json.loads(body)) == (200, ["thing", id])


def test_a_percent_sign_that_encodes_nothing_stays() -> None:
    assert json.loads(asked(site(), "GET", "/x/50%")[1]) == ["thing", "50%"]


def test_what_is_no_text_names_nothing() -> None:
    """Read with replacement characters, two such ids would be one."""
    assert asked(site(), "GET", "/x/%FF")[0] == 404


@pytest.mark.parametrize("path", ["/x/u-1", "/x/u-1/", "//x/u-1", "/x//u-1//", "x/u-1"])
def test_slashes_that_say_nothing_make_no_difference(path: str) -> None:
    assert json.loads(asked(site(), "GET", path)[1]) == ["thing", "u-1"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/x/bulk", ["bulk"]),
        ("POST", "/x/b%75lk", ["bulk"]),
        ("GET", "/x/bulk/end", ["x", "bulk"]),
        ("PUT", "/x/u-1", ["thing", "u-1"]),
    ],
)
def test_what_is_spelled_out_wins(method: str, path: str, body: list[str]) -> None:
    assert json.loads(asked(site(), method, path)[1]) == body


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"), ("GET", "/x"), ("GET", "/x/1/2"), ("GET", "/x/bulk"), ("POST", "/x/u-1"),
        ("DELETE", "/x/u-1"), ("HEAD", "/x/bulk"), ("OPTIONS", "/nowhere"), ("BREW", "/x/u-1"),
    ],
)  # fmt: skip
def test_a_path_or_method_that_nobody_knows_is_no_route(method: str, path: str) -> None:
    status, body, headers = asked(site(), method, path)

    assert status == 404
    assert method == "HEAD" or json.loads(body)["code"] == "no_route"
    assert headers["access-control-allow-origin"] == "*"


def test_a_router_tells_its_routes_as_they_were_written() -> None:
    assert site().router.routes() == {
        ("GET", "/x/<id>"), ("PUT", "/x/<id>"), ("POST", "/x/bulk"), ("GET", "/<one>/<two>/end")
    }  # fmt: skip
    with pytest.raises(NotFound):
        Router().find("/x")


def test_one_path_has_one_spelling() -> None:
    with pytest.raises(ValueError, match="registered as /x/<id>"):
        site().delete("/x/<name>")(reply)


def test_head_answers_as_get_without_the_body() -> None:
    got, headed = (asked(site(), method, "/x/u-1") for method in ("GET", "HEAD"))

    assert headed == (200, "", got[2])


def test_a_preflight_names_the_methods_of_its_path_and_the_headers_that_it_asks_for() -> None:
    wanted = "baggage,sentry-trace,traceparent"

    status, body, headers = asked(
        site(), "OPTIONS", "/x/u-1", Access_Control_Request_Headers=wanted
    )

    assert (status, body) == (204, "")
    assert headers["access-control-allow-methods"] == "DELETE,GET,HEAD,OPTIONS,PUT"
    assert headers["access-control-allow-headers"] == wanted
    assert headers["access-control-allow-origin"] == "*"
    assert headers["access-control-max-age"] == "7200"


def test_a_page_may_read_when_to_come_again() -> None:
    exposed = asked(site(), "GET", "/x/u-1")[2]["access-control-expose-headers"]

    assert "Retry-After" in exposed.split(",")


@pytest.mark.parametrize(
    ("wanted", "allowed"),
    [
        ("X-Request-ID", "X-Request-ID"),
        (" traceparent ,, tracestate", "traceparent,tracestate"),
        ("ok,bad name,ü,a:b,a\r\nSet-Cookie,<x>", "ok"),
        ("x" * 65 + ",y", "y"),
        (",".join(f"x{n}" for n in range(1000)), ",".join(f"x{n}" for n in range(64))),
    ],
)
def test_only_names_are_answered_and_only_so_many(wanted: str, allowed: str) -> None:
    assert preflight(["POST"], wanted).headers["Access-Control-Allow-Headers"] == allowed


@pytest.mark.parametrize("wanted", ["", ",", "not a name"])
def test_who_asks_for_no_header_hears_of_those_that_are_read(wanted: str) -> None:
    allowed = preflight(["POST"], wanted).headers["Access-Control-Allow-Headers"]

    assert {"Authorization", "Content-Type", "Idempotency-Key"} <= set(allowed.split(","))
