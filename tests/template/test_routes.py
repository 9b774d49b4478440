"""The template's routes are the handlers' routes, and the gateway's own answers are Waypost's."""

import json

import pytest

from tests.fakes.seconds import context
from tests.faults.doorbell import gateway_event
from tests.handlers import handler, served
from tests.template.stack import Stack, the_stack, verbs

VERBS = sorted(the_stack().functions())
RETRIED = ("THROTTLED", "INTEGRATION_TIMEOUT", "INTEGRATION_FAILURE")
STATUS = {
    **dict.fromkeys(RETRIED, 503),
    "REQUEST_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "MISSING_AUTHENTICATION_TOKEN": 404,
}
RESPONSES = the_stack().source["Resources"]["Api"]["Properties"]["GatewayResponses"]
PATHS = sorted({path for verb in VERBS for _, path in the_stack().routes(verb)})


def test_every_folder_is_a_function_of_the_template() -> None:
    assert verbs() == VERBS


@pytest.mark.parametrize("verb", VERBS)
def test_what_a_function_answers_reaches_it(verb: str) -> None:
    """HEAD of whatever can be fetched, too: API Gateway makes none of it by itself."""
    assert {route: _reached(*route) for route in served(verb)} == dict.fromkeys(served(verb), verb)


@pytest.mark.parametrize("verb", VERBS)
def test_no_path_leads_to_a_function_that_does_not_know_it(stack: Stack, verb: str) -> None:
    assert {path for _, path in stack.routes(verb)} == {path for _, path in served(verb)}


@pytest.mark.parametrize("path", PATHS)
def test_a_preflight_names_every_method_of_its_path(path: str) -> None:
    """Those as well that another function answers."""
    verb = _reached("OPTIONS", path)
    methods = {method for each in VERBS for method, known in served(each) if known == path}
    sent = gateway_event("OPTIONS", path, "", Access_Control_Request_Method="POST")

    answer = handler(verb).lambda_handler(sent, context())

    (named,) = answer["multiValueHeaders"]["Access-Control-Allow-Methods"]
    assert answer["statusCode"] == 204
    assert set(named.split(",")) == methods | {"OPTIONS"}


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


def _reached(method: str, path: str) -> str:
    """The function that the gateway hands a request to; nobody, where it refuses it."""
    routes = {route: verb for verb in VERBS for route in the_stack().routes(verb)}
    return routes.get((method, path)) or routes.get(("ANY", path), "nobody")
