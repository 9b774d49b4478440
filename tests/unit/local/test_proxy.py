"""What a function gets of a request, and a client of an answer, as a REST API hands them over."""

import base64
import json
from typing import Any

import pytest

from tests.rie.events import sample
from tests.unit.local.requests import scope
from waypost.local import proxy
from waypost.local.routes import Route

ROUTE = Route("/companies/{id}", {"id": "a%2Fb"}, "records")


def event(sent: Any, body: bytes = b"") -> dict[str, Any]:
    return proxy.event(proxy.Request(sent, body), ROUTE, "abcde12345")


def test_a_path_and_its_parameters_stay_as_they_were_sent() -> None:
    """As deployed REST APIs were seen to do."""
    made = event(scope("GET", "//companies/a%2Fb%20%25/"))

    assert made["path"] == "//companies/a%2Fb%20%25/"
    assert made["pathParameters"] == {"id": "a%2Fb"}
    assert made["resource"] == made["requestContext"]["resourcePath"] == "/companies/{id}"
    assert made["requestContext"]["path"] == "/prod//companies/a%2Fb%20%25/"


@pytest.mark.parametrize(
    ("query", "several", "last"),
    [
        ("", None, None),
        ("a=1&a=2&b=", {"a": ["1", "2"], "b": [""]}, {"a": "2", "b": ""}),
        ("a+b=%C3%A4+%2B&c", {"a b": ["ä +"], "c": [""]}, {"a b": "ä +", "c": ""}),
        ("a=1;b=2", {"a": ["1"], "b": ["2"]}, {"a": "1", "b": "2"}),
        ("a=%3B%26&", {"a": [";&"]}, {"a": ";&"}),
        ("a=b=c", {"a": ["b=c"]}, {"a": "b=c"}),
    ],
)
def test_a_query_is_decoded_and_keeps_every_value(query: str, several: Any, last: Any) -> None:
    made = event(scope("GET", "/", query))

    assert made["multiValueQueryStringParameters"] == several
    assert made["queryStringParameters"] == last


def test_headers_keep_every_value_and_lose_what_was_the_connections() -> None:
    sent = [("Host", "h"), ("X-A", "1"), ("x-a", "2"), ("Connection", "close"), ("te", "trailers")]

    made = event(scope("GET", "/", headers=sent))

    own = {"x-forwarded-for": ["203.0.113.7"], "x-forwarded-proto": ["http"]}
    assert made["multiValueHeaders"] == {"host": ["h"], "x-a": ["1", "2"], **own}
    assert made["headers"]["x-a"] == "2"


@pytest.mark.parametrize(
    ("body", "said", "encoded"),
    [(b"", None, False), (b"{}", "e30=", True), (b"\xff\0", "/wA=", True)],
)
def test_every_body_is_handed_on_as_bytes(body: bytes, said: str | None, encoded: bool) -> None:
    made = event(scope("POST", "/"), body)

    assert (made["body"], made["isBase64Encoded"]) == (said, encoded)


def test_an_event_has_what_the_sample_of_a_rest_api_has() -> None:
    """The sample is an event as AWS made it."""
    wanted, made = sample("planhat"), event(scope("POST", "/"), b"{}")

    assert wanted.keys() == made.keys()
    assert wanted["requestContext"].keys() <= made["requestContext"].keys()
    assert wanted["requestContext"]["identity"].keys() <= made["requestContext"]["identity"].keys()


@pytest.mark.parametrize(
    ("returned", "status", "headers", "body"),
    [
        (
            {"statusCode": 201, "headers": {"Content-Type": "text/csv", "n": 1}, "body": "ä"},
            201,
            [(b"content-type", b"text/csv"), (b"n", b"1")],
            "ä".encode(),
        ),
        (
            {
                "statusCode": 200,
                "headers": {"A": "x", "B": "y"},
                "multiValueHeaders": {"a": ["1", "2"]},
            },
            200,
            [(b"b", b"y"), (b"a", b"1"), (b"a", b"2"), (b"content-type", b"application/json")],
            b"",
        ),
        (
            {
                "statusCode": 200,
                "body": base64.b64encode(b"\x1f\x8b").decode(),
                "isBase64Encoded": True,
            },
            200,
            [(b"content-type", b"application/json")],
            b"\x1f\x8b",
        ),
    ],
)
def test_an_answer_becomes_what_the_function_said(
    returned: Any, status: int, headers: Any, body: bytes
) -> None:
    assert proxy.answer(json.dumps(returned).encode()) == (status, headers, body)


@pytest.mark.parametrize(
    "returned", ["null", "[]", '"ok"', "{}", '{"statusCode":"x"}', '{"statusCode":200,"body":{}}',
                 '{"statusCode":20}', '{"statusCode":200,"body":"%","isBase64Encoded":true}'],
)  # fmt: skip
def test_what_is_no_answer_of_a_proxy_is_named(returned: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        proxy.answer(returned.encode())
