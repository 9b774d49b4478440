"""What is remembered of messages whose work was begun, until it ends, or for a day."""

from typing import Any

import pytest

from tests import fakes
from tests.integration.conftest import EMBEDDED
from tests.integration.strict import Strict
from tests.integration.worlds import Aws
from waypost.storage.dynamo import Table
from waypost.storage.suspects_table import DynamoSuspects

NOW = 1_800_000_000_000
DAY_MS = 86_400_000


@pytest.fixture
def clock() -> fakes.FixedClock:
    return fakes.FixedClock(NOW)


def table_on(aws: Aws) -> Table:
    """The table without the marks of other tests, which all stand in one partition."""
    table = Table(Strict(aws.client("dynamodb")), aws.outputs["DirectoryTable"])
    table.delete_many([("suspect", item["sk"]) for item in table.query("suspect")])
    return table


@pytest.fixture(params=["memory", "moto", EMBEDDED])
def suspects(request: pytest.FixtureRequest, clock: fakes.FixedClock) -> Any:
    if request.param == "memory":
        return fakes.FakeSuspects()
    return DynamoSuspects(table_on(request.getfixturevalue(request.param)), clock)


def test_what_was_begun_and_not_ended_is_remembered_with_all_its_neighbours(suspects: Any) -> None:
    suspects.begin(["a", "b"])
    suspects.end(suspects.begin(["c"]))

    assert suspects.begun() == {"a": 1, "b": 1}


def test_each_time_that_it_did_not_end_counts(suspects: Any) -> None:
    for ids in (["a", "b"], ["a"], ["a"]):
        suspects.begin(ids)

    assert suspects.begun() == {"a": 3, "b": 1}


def test_a_hundred_messages_fit_into_one_mark(suspects: Any) -> None:
    ids = [f"{n:08d}-0000-4000-8000-000000000000" for n in range(100)]

    suspects.begin(ids)

    assert suspects.begun() == dict.fromkeys(ids, 1)


def test_after_a_day_nothing_is_remembered(moto: Aws, clock: fakes.FixedClock) -> None:
    table = table_on(moto)
    suspects = DynamoSuspects(table, clock)
    suspects.begin(["a"])
    (item,) = table.query("suspect")

    clock.tick(DAY_MS + 1)

    assert suspects.begun() == {}
    assert item["ttl"] == (NOW + DAY_MS) // 1000
