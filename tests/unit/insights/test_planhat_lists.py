"""Planhat's lists out of the lake: exact for whatever traits hold, and no dearer than a page."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import duckdb
import pytest

from tests.unit.insights import planhat_oracle
from tests.unit.lake import lakes
from tests.unit.lake.lakes import Lake
from waypost import answer_size
from waypost.errors import BadQuery
from waypost.insights import planhat_fields, planhat_pages
from waypost.insights.planhat_lists import PlanhatLists
from waypost.lake.plans import Plan
from waypost.lake.reader import Opened
from waypost.profiles.planhat import listings
from waypost.profiles.planhat.companies import COMPANIES
from waypost.profiles.planhat.endusers import ENDUSERS
from waypost.profiles.planhat.records import Model, Record, company_id

TENANT = "t-1"
MANY = 100_000
_USERS = f"""CREATE TABLE users AS SELECT
    printf('u_%024x', i) AS id, 0 AS created, 'x-' || i AS external_id, NULL AS email,
    'N' || i AS name, 'c-' || i % 1000 AS account_id, NULL AS merged_into,
    json_object('score', i % 97, 'tags', ['t' || i % 50, 'u'], 'share', i % 10 / 4) AS traits
    FROM range({MANY}) AS numbers(i)"""
_ACCOUNTS = f"""CREATE TABLE accounts AS SELECT
    'c-' || i AS id, 0 AS created, 'C' || i AS name,
    json_object('status', CASE i % 100 WHEN 0 THEN 'lost' ELSE 'customer' END) AS traits
    FROM range({MANY}) AS numbers(i)"""


class Counting:
    """A database that counts the rows that leave it."""

    def __init__(self, db: duckdb.DuckDBPyConnection) -> None:
        self._db = db
        self.rows = 0

    def execute(self, *query: Any) -> "Counting":
        self._db.execute(*query)
        return self

    def fetchall(self) -> list[Any]:
        return self._counted(self._db.fetchall())

    def fetchmany(self, size: int) -> list[Any]:
        return self._counted(self._db.fetchmany(size))

    def _counted(self, rows: list[Any]) -> list[Any]:
        self.rows += len(rows)
        return rows


class WideLake:
    """A tenant of very many; `counting` is the database of the question asked last."""

    def __init__(self) -> None:
        self._db = duckdb.connect()
        self._db.execute(_USERS)
        self._db.execute(_ACCOUNTS)

    @contextmanager
    def open(self, _tenant: str, _plan: Plan) -> Iterator[Opened]:
        with self._db.cursor() as db:
            self.counting = Counting(db)
            yield Opened(cast(duckdb.DuckDBPyConnection, self.counting), 0)


@pytest.fixture(scope="module")
def wide() -> WideLake:
    return WideLake()


def listed(lake: WideLake, model: Model, **query: str) -> list[Record]:
    nowhere: Any = None
    return listings.page(model, query, TENANT, nowhere, PlanhatLists(lake))


def test_lists_say_what_plain_python_says() -> None:
    assert list(planhat_oracle.differences()) == []


@pytest.mark.parametrize(
    ("module", "name", "right", "wrong"),
    [
        (planhat_pages, "_PASSES", "{key} IN (SELECT text FROM {key}_meant)", "false"),
        (planhat_pages, "_PASSES", "ELSE {key}", "ELSE lower({key})"),
        (planhat_pages, "_RANKED", "'OBJECT'", "'NONE'"),
        (planhat_pages, "_ORDER", "'BOOLEAN'", "'NONE'"),
        (planhat_pages, "_ORDER", "ranked_kind IS NULL", "ranked_kind IS NOT NULL"),
        (planhat_pages, "_ORDER", "_id {way}", "_id ASC"),
        (planhat_fields, "_CREATED", "%g", "%f"),
    ],
)
def test_a_list_that_is_wrong_is_seen(
    module: object, name: str, right: str, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, name, getattr(module, name).replace(right, wrong))

    assert any(planhat_oracle.differences())


@pytest.mark.parametrize(
    ("model", "query", "first"),
    [
        (ENDUSERS, {"offset": "99900"}, "N99"),
        (ENDUSERS, {"offset": "99900", "sort": "score"}, "N90306"),
        (ENDUSERS, {"companyId": company_id(TENANT, "c-7")}, "N99007"),
        (ENDUSERS, {"score": "96", "sort": "_id", "limit": "7"}, "N96"),
        (COMPANIES, {"status": "lost", "sort": "-name"}, "C99900"),
    ],
)
def test_of_a_long_list_only_the_page_is_read(
    wide: WideLake, model: Model, query: dict[str, str], first: str
) -> None:
    page = listed(wide, model, **query)

    assert (page[0]["name"], len(page)) == (first, int(query.get("limit", 100)))
    # Once each as an id and once as a record.
    assert wide.counting.rows == 2 * len(page)


@pytest.mark.parametrize(("query", "values"), [({"tags": "t7"}, 50), ({"share": "0.5"}, 10)])
def test_python_sees_each_value_once_whoever_has_it(
    wide: WideLake, query: dict[str, str], values: int
) -> None:
    page = listed(wide, ENDUSERS, **query)

    assert len(page) == 100
    assert wide.counting.rows == values + 2 * len(page)


def test_a_lean_list_that_no_answer_holds_is_refused_before_it_is_read(wide: WideLake) -> None:
    nowhere: Any = None

    with pytest.raises(BadQuery, match="smaller limit"):
        listings.lean({}, TENANT, nowhere, PlanhatLists(wide))
    ids, rows = MANY, answer_size.MOST_BYTES // 90
    assert wide.counting.rows < ids + rows


def test_a_lean_list_has_ids_and_names_alone(wide: WideLake) -> None:
    nowhere: Any = None

    lean = listings.lean({"status": "lost"}, TENANT, nowhere, PlanhatLists(wide))

    assert len(lean) == MANY // 100
    assert lean == sorted(lean, key=lambda record: record["_id"])
    acme = {"_id": company_id(TENANT, "c-0"), "externalId": "c-0", "name": "C0"}
    assert acme | {"sourceId": None, "slug": None} in lean


def test_a_list_fetches_the_file_of_its_model_and_only_once(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.add("users", "", "", [{"id": "u_1", "created": 1, "traits": "{}"}])
    lake.add("accounts", "", "", [{"id": "acme", "created": 1, "traits": "{}"}])
    lists, nowhere = PlanhatLists(lake.reader()), cast(Any, None)

    pages = [listings.page(COMPANIES, {}, lakes.TENANT, nowhere, lists) for _ in range(2)]

    assert [[record["name"] for record in page] for page in pages] == [["acme"], ["acme"]]
    assert [key.partition("/")[0] for key in lake.lake.fetched] == ["accounts"]
