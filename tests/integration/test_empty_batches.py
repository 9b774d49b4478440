"""Whoever sends by the clock has nothing to send at times: no error, and nothing is changed."""

from dataclasses import replace

import pytest

from tests.integration.asked_functions import EVERY, Asked, on
from tests.integration.worlds import Aws

BATCHES = [asked for asked in EVERY if asked.body.startswith("[") and asked.function != "admin"]
ALONE = [asked for asked in EVERY if asked.function == "records" and asked.body.startswith("{")]


@pytest.mark.parametrize("asked", BATCHES, ids=str)
def test_an_empty_array_is_taken(moto: Aws, asked: Asked) -> None:
    with on(moto) as functions:
        answer = functions.ask(replace(asked, body=" [ ] "))

    assert answer.status == 200
    assert not any(answer.body.values())


@pytest.mark.parametrize("asked", ALONE, ids=str)
def test_a_route_of_one_record_wants_one(moto: Aws, asked: Asked) -> None:
    with on(moto) as functions:
        answer = functions.ask(replace(asked, body="[]"))

    assert (answer.status, answer.body["code"]) == (400, "empty_body")
