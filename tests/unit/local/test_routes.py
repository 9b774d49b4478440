"""Which function a path leads to, as a REST API finds it."""

import pytest

from waypost.local.routes import Routes

ROUTES = Routes(
    {
        ("GET", "/companies"): "records",
        ("GET", "/companies/{id}"): "records",
        ("ANY", "/analytics/{tenant}"): "planhat",
        ("POST", "/analytics/bulk/{tenant}"): "bulk",
        ("ANY", "/v1/users/batch"): "moesif",
        ("ANY", "/v1/{authKey}/{apiKey}"): "natero",
        ("OPTIONS", "/{rest+}"): "preflight",
    }
)


@pytest.mark.parametrize(
    ("method", "path", "function", "parameters"),
    [
        ("GET", "/companies", "records", {}),
        ("GET", "/companies/", "records", {}),
        ("GET", "//companies", "records", {}),
        ("GET", "/companies//c-1", "records", {"id": "c-1"}),
        ("GET", "/companies/a%2Fb%3F%23%22%60", "records", {"id": "a%2Fb%3F%23%22%60"}),
        ("GET", "/companies/%F0%9F%98%80", "records", {"id": "%F0%9F%98%80"}),
        ("GET", "/companies/%252F", "records", {"id": "%252F"}),
        ("GET", "/companies/..", "records", {"id": ".."}),
        ("DELETE", "/analytics/t", "planhat", {"tenant": "t"}),
        ("HEAD", "/analytics/t", "planhat", {"tenant": "t"}),
        ("POST", "/analytics/bulk/t", "bulk", {"tenant": "t"}),
        ("POST", "/v1/users/batch", "moesif", {}),
        ("POST", "/v1/users/key", "natero", {"authKey": "users", "apiKey": "key"}),
        ("OPTIONS", "/companies", "preflight", {"rest": "companies"}),
        ("OPTIONS", "/a/b", "preflight", {"rest": "a/b"}),
    ],
)
def test_a_request_finds_its_function(
    method: str, path: str, function: str, parameters: dict[str, str]
) -> None:
    route = ROUTES.find(method, path)

    assert route is not None
    assert (route.function, route.parameters) == (function, parameters)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/analytics"),
        ("GET", "/analytics/a/b"),
        ("HEAD", "/companies"),
        ("PUT", "/companies/c-1"),
        ("GET", "/analytics/bulk/t"),
        ("TRACE", "/analytics/t"),
        ("FOO", "/analytics/t"),
        ("GET", "/../companies"),
        ("GET", "/COMPANIES"),
        ("GET", "/companies%2Fc-1"),
    ],
)
def test_what_no_method_of_no_resource_takes_has_no_route(method: str, path: str) -> None:
    assert ROUTES.find(method, path) is None
