"""Whatever AWS call of a reader is throttled until its time is up: 503, and when to come again."""

from collections.abc import Iterator

import pytest

from tests.integration.asked_functions import EVERY, FUNCTIONS, Answer, Asked, Functions, on
from tests.integration.refusals import DYNAMODB, S3, Shape, refusing
from tests.integration.worlds import Aws

_STORES: dict[str, Shape] = {"dynamodb": DYNAMODB[0], "s3": S3[0]}


@pytest.fixture
def functions(moto: Aws) -> Iterator[Functions]:
    with on(moto) as functions:
        yield functions


def test_no_route_is_left_out() -> None:
    routes = {
        (name, *route)
        for name, function in FUNCTIONS.items()
        for route in function.app.router.routes()
    }

    assert {(asked.function, asked.method, asked.route) for asked in EVERY} == routes


@pytest.mark.parametrize("asked", EVERY, ids=str)
def test_every_call_of_a_route_that_stays_throttled_is_answered_with_503(
    functions: Functions, asked: Asked
) -> None:
    for service, shape in _STORES.items():
        client = functions.moto.client(service)
        functions.forget()
        with refusing(client, shape, 0) as made:
            assert functions.ask(asked).status < 500
        for operation in made.sent:
            functions.forget()
            begun = functions.seconds.now
            with refusing(client, shape, 10_000, only=operation):
                answer = functions.ask(asked)
            _is_overload(answer, operation)
            assert functions.seconds.now - begun < 29

    for operation in sorted(functions.lean.made):
        functions.forget()
        functions.lean.refused = operation
        answer = functions.ask(asked)
        _is_overload(answer, operation)


def _is_overload(answer: Answer, operation: str) -> None:
    assert (operation, answer.status) == (operation, 503)
    assert int(answer.headers["Retry-After"]) > 0
