"""Rows go in batches, and whoever read what was stale by then finds what stands now."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.test_store_contract import NOW, event
from tests.integration.test_store_contract_rows import keyed
from tests.integration.worlds import Aws
from waypost.storage.dynamo import Table
from waypost.storage.events_table import DynamoRows
from waypost.storage.items import Item
from waypost.tenants import Tenant


class Counting:
    """A client as code sees it, and how often it was called."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)

        def counted(**request: Any) -> Any:
            self.calls += 1
            return call(**request)

        return counted


@pytest.mark.parametrize("digest", ["d", None])
def test_rows_with_and_without_a_key_take_a_call_for_each_batch(
    aws: Aws, tenant: Tenant, digest: str | None
) -> None:
    client = Counting(aws.client("dynamodb"))
    rows = DynamoRows(Table(client, aws.outputs["EventsTable"]))
    several = [event(f"e{n}", n=n, time=NOW + n, digest=digest) for n in range(100)]

    known = rows.standing(tenant, several).rows if digest else None
    rows.claim(tenant, [("r1", one) for one in several], known)

    # One look at a hundred places, and four writes of 25.
    assert client.calls == 1 + 4


def test_replacing_rows_takes_a_call_for_each_batch(aws: Aws, tenant: Tenant) -> None:
    client = Counting(aws.client("dynamodb"))
    rows = DynamoRows(Table(client, aws.outputs["EventsTable"]))
    several = [keyed(id=f"e{n}", n=n, time=NOW + n) for n in range(100)]
    rows.claim(tenant, [("r1", one) for one in several])
    client.calls = 0

    rows.replace(tenant, [("r2", one) for one in several])

    assert client.calls == 1 + 4


class Stale(Table):
    """Reads once what stood before another run wrote."""

    reads = 0

    def get_many(self, keys: list[tuple[str, str]], fields: str | None = None) -> Iterator[Item]:
        self.reads += 1
        return super().get_many(keys, fields) if self.reads > 1 else iter(())


def test_of_two_runs_with_one_keyed_event_only_one_is_first(aws: Aws, tenant: Tenant) -> None:
    client, name = aws.client("dynamodb"), aws.outputs["EventsTable"]
    one = keyed()

    first = DynamoRows(Stale(client, name)).claim(tenant, [("r1", one)])
    second = DynamoRows(Stale(client, name)).claim(tenant, [("r2", one)])

    assert first == second == {"e1": ("r1", 0, "d")}


def test_who_replaces_a_row_that_changed_meanwhile_reads_it_again(aws: Aws, tenant: Tenant) -> None:
    client, name = aws.client("dynamodb"), aws.outputs["EventsTable"]
    rows = DynamoRows(Stale(client, name))
    DynamoRows(Table(client, name)).claim(tenant, [("r1", keyed(label="first"))])

    rows.replace(tenant, [("r2", keyed(label="last"))])

    ((_, row),) = rows.of_user(tenant.id, ["x:ann"], None, 10)
    assert row.label == "last"
