"""Routes: what the gateway and the functions answer where a path is right and its method is not."""

from typing import Any

import pytest

from tests.conftest import Local
from tests.template.stack import the_stack

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SITE = "https://shop.example"
NO_ROUTE = {
    "code": "no_route",
    "message": "there is no such route; the README lists them",
    "errors": [],
}
ROUTES = {route for verb in the_stack().functions() for route in the_stack().routes(verb)}
ANY_PATHS = sorted(path for method, path in ROUTES if method == "ANY")
OTHER_PATHS = sorted({path for _, path in ROUTES} - set(ANY_PATHS))
SERVED = {"/v1/config": {"GET"}, "/api/tracking": {"GET", "POST"}}


@pytest.mark.parametrize("path", ANY_PATHS)
def test_a_browser_may_send_to_a_path_and_read_its_answer(local: Local, path: str) -> None:
    status, _, headers = local.send(
        "OPTIONS", path, Origin=SITE, Access_Control_Request_Method="POST"
    )

    assert status == 204
    assert headers["access-control-allow-origin"] == "*"
    assert "POST" in headers["access-control-allow-methods"]
    assert "Authorization" in headers["access-control-allow-headers"]


@pytest.mark.parametrize("path", ANY_PATHS)
def test_a_wrong_method_is_no_route_where_the_function_says_so(local: Local, path: str) -> None:
    wrong = [method for method in METHODS if method not in SERVED.get(path, {"POST"})]

    answers = [_refusal(local, method, path) for method in wrong]

    assert answers == [(404, NO_ROUTE, "*")] * len(wrong)


@pytest.mark.parametrize("path", OTHER_PATHS)
def test_a_wrong_method_is_no_route_where_the_gateway_says_so(local: Local, path: str) -> None:
    wrong = [method for method in METHODS if (method, path) not in ROUTES]

    answers = [_refusal(local, method, path) for method in wrong]

    assert answers == [(404, NO_ROUTE, "*")] * len(wrong)


def _refusal(local: Local, method: str, path: str) -> tuple[int, Any, str]:
    """A path with its variables as they stand: no method that is right is ever called."""
    status, body, headers = local.send(method, path, Origin=SITE)
    return status, body, headers["access-control-allow-origin"]
