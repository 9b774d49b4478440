"""The template's routes are the handlers' routes, and the gateway's own answers are Waypost's."""

import importlib.util
import json
import re
from typing import Any

import pytest

from tests.template.stack import FUNCTIONS, Stack, the_stack, verbs

VERBS = sorted(the_stack().functions())
ANSWER_PREFLIGHTS = {
    "planhat": {"/analytics/{tenant}", "/analytics/bulk/{tenant}"},
    "segment": {
        *("/dock/segment", "/dock/segment/v1/batch"),
        *("/v1/batch", "/v1/import", "/v1/track", "/v1/identify", "/v1/page", "/v1/screen"),
        *("/v1/group", "/v1/alias", "/v1/b", "/v1/t", "/v1/i", "/v1/p", "/v1/s", "/v1/g", "/v1/a"),
    },
    "moesif": {
        *("/v1/actions", "/v1/actions/batch", "/v1/users", "/v1/users/batch"),
        *("/v1/companies", "/v1/companies/batch", "/v1/subscriptions", "/v1/subscriptions/batch"),
        *("/v1/events", "/v1/events/batch", "/v1/config"),
    },
    "synerise": {
        *("/v4/events/{kind}", "/v4/events/push/{kind}", "/v4/transactions"),
        *("/v4/transactions/batch", "/uauth/v2/auth/login/profile"),
    },
    "natero": {"/v1/{authKey}/{apiKey}"},
    "kinesin": {"/api/tracking"},
    "dimensions": {"/dimensiondata/{tenant}", "/{tenant}/dimensiondata"},
}
RETRIED = ("THROTTLED", "INTEGRATION_TIMEOUT", "INTEGRATION_FAILURE")
STATUS = {
    **dict.fromkeys(RETRIED, 503),
    "REQUEST_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "MISSING_AUTHENTICATION_TOKEN": 404,
}
RESPONSES = the_stack().source["Resources"]["Api"]["Properties"]["GatewayResponses"]
_SEGMENT = re.compile(r"<(\w+)>")


def test_every_folder_is_a_function_of_the_template() -> None:
    assert verbs() == VERBS


@pytest.mark.parametrize("verb", VERBS)
def test_the_template_and_the_handler_name_the_same_routes(stack: Stack, verb: str) -> None:
    promised = stack.routes(verb)

    assert promised == {_promise(route, promised) for route in _registered(verb)}


@pytest.mark.parametrize("verb", VERBS)
def test_a_path_that_browsers_send_to_takes_every_method(stack: Stack, verb: str) -> None:
    """Its function answers the preflight, and a wrong method as the gateway would."""
    answering = {path for method, path in stack.routes(verb) if method in ("ANY", "OPTIONS")}

    assert answering == ANSWER_PREFLIGHTS.get(verb, set())


def test_sam_asks_of_no_function_whether_it_may_go_without_a_token(stack: Stack) -> None:
    """`sam deploy --guided` asks once per route, and Enter ends it, unless the API has an `Auth`.

    This one changes nothing but that: no authorizer exists that it could leave preflights to.
    """
    auth = stack.source["Resources"]["Api"]["Properties"]["Auth"]
    body = stack.of_type("AWS::ApiGateway::RestApi")["Api"]["Body"]

    assert auth == {"AddDefaultAuthorizerToCorsPreflight": False}
    assert "security" not in json.dumps(body)


def test_no_route_belongs_to_two_functions(stack: Stack) -> None:
    routes = [route for verb in VERBS for route in stack.routes(verb)]

    assert len(routes) == len(set(routes))


@pytest.mark.parametrize("verb", VERBS)
def test_every_function_is_reached_by_something(stack: Stack, verb: str) -> None:
    function = stack.source["Resources"][stack.functions()[verb]]

    assert function["Properties"]["Events"]


def test_every_body_reaches_the_handler_as_the_bytes_that_were_sent(stack: Stack) -> None:
    api = stack.of_type("AWS::ApiGateway::RestApi")["Api"]

    assert api["BinaryMediaTypes"] == ["*~1*"], "CloudFormation spells the slash ~1"


@pytest.mark.parametrize("kind", STATUS)
def test_the_gateway_answers_with_the_status_and_json_that_senders_understand(kind: str) -> None:
    body = json.loads(RESPONSES[kind]["ResponseTemplates"]["application/json"])

    assert int(RESPONSES[kind]["StatusCode"]) == STATUS[kind]
    assert {"code", "message", "errors"} <= body.keys()


@pytest.mark.parametrize("kind", RETRIED)
def test_overload_tells_when_to_come_again(kind: str) -> None:
    headers = RESPONSES[kind]["ResponseParameters"]["Headers"]

    assert int(headers["Retry-After"].strip("'")) > 0
    assert "Retry-After" in headers["Access-Control-Expose-Headers"]


def test_a_body_that_is_too_large_is_sent_to_the_upload_door() -> None:
    body = json.loads(RESPONSES["REQUEST_TOO_LARGE"]["ResponseTemplates"]["application/json"])

    assert body["upload"] == "/analytics/uploads/{tenant}"


@pytest.mark.parametrize("kind", [*STATUS, "DEFAULT_4XX", "DEFAULT_5XX"])
def test_a_browser_may_read_every_answer_of_the_gateway(kind: str) -> None:
    headers = RESPONSES[kind]["ResponseParameters"]["Headers"]

    assert headers["Access-Control-Allow-Origin"] == "'*'"


@pytest.mark.parametrize("kind", ["DEFAULT_4XX", "DEFAULT_5XX"])
def test_a_default_answer_keeps_the_status_of_its_cause(kind: str) -> None:
    assert "StatusCode" not in RESPONSES[kind]


def _promise(route: tuple[str, str], promised: set[tuple[str, str]]) -> tuple[str, str]:
    """The template's way to say a route: itself, or its path with every method."""
    return route if route in promised or ("ANY", route[1]) not in promised else ("ANY", route[1])


def _registered(verb: str) -> set[tuple[str, str]]:
    """The routes that a handler's resolver knows, in the template's spelling."""
    spec = importlib.util.spec_from_file_location(
        f"handler_of_{verb}", FUNCTIONS / verb / "handler.py"
    )
    assert spec is not None
    assert spec.loader is not None
    handler = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(handler)
    app: Any = getattr(handler, "app", None)
    if app is None:
        return set()
    routes = app._static_routes + app._dynamic_routes
    return {(route.method.upper(), _SEGMENT.sub(r"{\1}", route.path)) for route in routes}
