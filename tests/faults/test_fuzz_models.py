"""Damaged bodies at Planhat's models: no fault, and each record is written, kept or refused."""

import json
import random
from functools import cache
from typing import Any

import pytest

from tests import effort
from tests.fakes.seconds import context, no_wait
from tests.faults.damage import damaged
from tests.faults.doorbell import RECEIVED, TOKEN, Stores, gateway_event
from tests.faults.seeds import PLANHAT
from tests.unit.profiles.planhat.modelstore import LandedLake, MemoryModels
from waypost.insights.planhat_lists import PlanhatLists
from waypost.profiles.planhat import upserts
from waypost.profiles.planhat.companies import COMPANIES
from waypost.profiles.planhat.endusers import ENDUSERS
from waypost.profiles.planhat.ports import RecordStores
from waypost.sources.formats import fields
from waypost.web.api import records
from waypost.web.app import App

BODIES = effort.times(100, 500, 50_000)
_ACME = {"name": "Acme", "externalId": "acme", "sourceId": "s1", "custom": {"plan": "pro"}}
_ANN = {"email": "ann@acme.com", "companyExternalId": "acme", "firstName": "Ann", "externalId": "u"}
SEEDS = {
    "companies": [
        json.dumps(body).encode()
        for body in ([_ACME], _ACME, [_ACME | {"externalId": str(n)} for n in range(3)])
    ],
    "endusers": [
        json.dumps(body).encode()
        for body in ([_ANN], _ANN, [_ANN, {"email": "b@acme.com", "companyId": "x", "phone": "1"}])
    ],
}


@cache
def app() -> App:
    """The models as they are served, over records in memory that every request finds gone."""
    served = App("models", upserts.refusal)
    for model in (COMPANIES, ENDUSERS):
        records.add_routes(served, model, _stores)
    return served


def _stores() -> RecordStores:
    models, stores = MemoryModels(), Stores()
    lists = PlanhatLists(LandedLake(models))
    return RecordStores(stores, stores, models, models.lake, lists, lambda: RECEIVED, no_wait())


def rung(method: str, path: str, body: bytes) -> tuple[int, Any]:
    event = gateway_event(method, path, body, authorization=f"Bearer {TOKEN}")
    answer = app().resolve(event, context())
    return answer["statusCode"], json.loads(answer["body"])


def check(method: str, path: str, body: bytes) -> int:
    """The status of one request; whatever is wrong with the answer is an `AssertionError`."""
    status, answer = rung(method, path, body)
    assert status < 500
    if "createdErrors" in answer:
        told = [*answer["createdErrors"], *answer["updatedErrors"]]
        places = [error["index"] for error in told]
        assert len(set(places)) == len(places)
        assert all(error["code"] and error["message"] for error in told)
        total = answer["created"] + answer["updated"] + answer["nonupdates"] + len(told)
        assert total > max(places, default=-1)
    elif status >= 400:
        assert answer["code"]
        assert answer["message"]
    return status


def fuzz(model: str, count: int) -> dict[int, int]:
    """How many answers of each status damaged bodies get; stops at the first bad one."""
    statuses: dict[int, int] = {}
    for n in range(count):
        chance = random.Random(f"{model} {n}")
        body = damaged(chance, SEEDS[model], PLANHAT)
        routes = [("PUT", f"/{model}"), ("POST", f"/{model}"), ("PATCH", f"/{model}/extid-acme")]
        method, path = chance.choice(routes)
        try:
            status = check(method, path, body)
        except Exception as error:
            raise AssertionError(f"body {n} of {method} {path}: {body[:2000]!r}") from error
        statuses[status] = statuses.get(status, 0) + 1
    return statuses


@pytest.mark.parametrize("model", SEEDS)
def test_no_damaged_record_brings_a_model_down(model: str) -> None:
    statuses = fuzz(model, BODIES)

    assert statuses.keys() <= {200, 201, 206, 400, 404, 409, 413, 415}
    assert statuses[200] > BODIES / 25


def test_a_planted_bug_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(item: dict[str, Any], *names: str) -> str | None:
        return next((item[name].strip() for name in names if item.get(name)), None)

    monkeypatch.setattr(fields, "text", careless)

    with pytest.raises(AssertionError, match=r"body .* of .* /companies"):
        fuzz("companies", 50_000)
