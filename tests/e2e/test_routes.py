"""Routes: what the gateway and the functions answer where a path is right and its method is not."""

from typing import Any

import pytest

from tests.conftest import Local
from tests.handlers import served
from tests.template.stack import the_stack

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SITE = "https://shop.example"
# What instruments of a page add to whatever it sends.
INSTRUMENTS = "baggage,content-type,sentry-trace,traceparent"
NO_ROUTE = {
    "code": "no_route",
    "message": "there is no such route; the README lists them",
    "errors": [],
}
SERVED = {route for verb in the_stack().functions() for route in served(verb)}
PATHS = sorted({path for _, path in SERVED})
FETCHED = sorted(path for method, path in SERVED if method == "HEAD")


@pytest.mark.parametrize("path", PATHS)
def test_a_page_may_send_to_a_path_and_read_its_answer(local: Local, path: str) -> None:
    wanted = {method for method, known in SERVED if known == path}

    status, _, headers = local.send(
        "OPTIONS",
        path,
        Origin=SITE,
        Access_Control_Request_Method="POST",
        Access_Control_Request_Headers=INSTRUMENTS,
    )

    assert status == 204
    assert headers["access-control-allow-origin"] == "*"
    assert wanted <= set(headers["access-control-allow-methods"].split(","))
    assert headers["access-control-allow-headers"] == INSTRUMENTS


@pytest.mark.parametrize("path", PATHS)
def test_a_wrong_method_is_no_route(local: Local, path: str) -> None:
    wrong = [method for method in METHODS if (method, path) not in SERVED]

    answers = [_refusal(local, method, path) for method in wrong]

    assert answers == [(404, NO_ROUTE, "*")] * len(wrong)


@pytest.mark.parametrize("path", FETCHED)
def test_head_answers_as_get_does_without_its_body(local: Local, path: str) -> None:
    asked = local.http.request("GET", local.url + path)

    answer = local.http.request("HEAD", local.url + path)

    assert (answer.status, answer.data) == (asked.status, b"")
    assert answer.headers["content-type"] == asked.headers["content-type"]


def _refusal(local: Local, method: str, path: str) -> tuple[int, Any, str]:
    """A path with its variables as they stand: no method that is right is ever called."""
    status, body, headers = local.send(method, path, Origin=SITE)
    return status, body, headers["access-control-allow-origin"]
