"""The template's routes are the handlers' routes, and the gateway's own answers are Waypost's."""

import importlib.util
import json
import re
from typing import Any

import pytest

from tests.template.stack import FUNCTIONS, Stack, the_stack, verbs

VERBS = sorted(the_stack().functions())
RETRIED = ("THROTTLED", "QUOTA_EXCEEDED", "INTEGRATION_TIMEOUT", "INTEGRATION_FAILURE")
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
    promised = {route for route in stack.routes(verb) if route[0] != "OPTIONS"}

    assert promised == _registered(verb)


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
