"""Lists of Planhat's models: pages, order, columns, and what a filter leaves over."""

import pytest

from tests.unit.profiles.planhat.modelstore import (
    TENANT,
    MemoryModels,
    fold,
    lists,
    patch,
    post,
    put,
    read,
    stores,
)
from waypost.errors import BadQuery
from waypost.profiles.planhat import listings, upserts
from waypost.profiles.planhat.companies import COMPANIES, LEAN
from waypost.profiles.planhat.endusers import ENDUSERS
from waypost.profiles.planhat.records import Record


@pytest.fixture
def store() -> MemoryModels:
    return MemoryModels()


@pytest.fixture(params=["landed", "folded"])
def five(store: MemoryModels, request: pytest.FixtureRequest) -> MemoryModels:
    """Five companies; the scores of a and b are numbers, e has none, c and d are tagged.

    A run has folded them already, or they landed after the last one.
    """
    put(
        store,
        COMPANIES,
        {"externalId": "a", "name": "A", "score": 10, "status": "lost"},
        {"externalId": "b", "name": "B", "score": 9, "status": "customer"},
        {"externalId": "c", "name": "C", "score": "x", "tags": ["t", "u"], "status": "prospect"},
        {"externalId": "d", "name": "D", "score": "y", "tags": ["t"], "featured": True},
        {"externalId": "e", "name": "E", "sourceId": "s-e"},
    )
    if request.param == "folded":
        fold(store)
    return store


def listed(store: MemoryModels, **query: str) -> list[Record]:
    return listings.page(COMPANIES, query, TENANT.id, store, lists(store))


def names(records: list[Record]) -> str:
    return "".join(one["name"] for one in records)


def test_a_list_is_ordered_by_id_from_the_highest_down(five: MemoryModels) -> None:
    ids = [one["_id"] for one in listed(five)]

    assert ids == sorted(ids, reverse=True)
    assert [one["_id"] for one in listed(five, sort="_id")] == sorted(ids)


def test_pages_go_through_every_record_once(five: MemoryModels) -> None:
    pages = [listed(five, limit="2", offset=str(offset)) for offset in (0, 2, 4, 6)]

    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert [one for page in pages for one in page] == listed(five)


@pytest.mark.parametrize(
    ("sort", "order"),
    [("name", "ABCDE"), ("-name", "EDCBA"), ("score", "BACDE"), ("-score", "DCABE")],
)
def test_a_list_is_sorted_by_any_field(five: MemoryModels, sort: str, order: str) -> None:
    assert names(listed(five, sort=sort)) == order


def test_select_takes_spaces_and_the_word_all(five: MemoryModels) -> None:
    assert listed(five, select="name, score", limit="1")[0].keys() <= {"_id", "name", "score"}
    assert listed(five, select="ALL") == listed(five)


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ({"status": "lost, prospect"}, "AC"),
        ({"tags": "u"}, "C"),
        ({"featured": "true"}, "D"),
        ({"externalId": "e,a,none"}, "AE"),
        ({"sourceId": "s-e"}, "E"),
        ({"companyId": "extid-a,srcid-s-e,b"}, "ABE"),
        ({"c": "extid-a"}, "A"),
        ({"nobody": "x"}, ""),
    ],
)
def test_any_field_is_a_filter(five: MemoryModels, query: dict[str, str], order: str) -> None:
    assert names(listed(five, sort="name", **query)) == order


def test_endusers_are_listed_by_company(five: MemoryModels) -> None:
    ids = {n: read(five, COMPANIES, f"extid-{n}")["_id"] for n in "ab"}
    for name in "abb":
        post(five, ENDUSERS, sourceId=name + str(len(five.sources)), companyId=f"extid-{name}")

    query = {"companyId": f"{ids['b']}, extid-c"}
    found = listings.page(ENDUSERS, query, TENANT.id, five, lists(five))

    assert [one["companyId"] for one in found] == [ids["b"]] * 2


def test_what_was_just_written_is_there_for_the_next_list(five: MemoryModels) -> None:
    post(five, COMPANIES, externalId="f", name="F")
    patch(five, COMPANIES, "extid-a", name="G")
    upserts.delete(COMPANIES, "extid-b", TENANT.id, stores(five))

    written = listed(five, sort="name")
    fold(five)

    assert names(written) == "CDEFG"
    assert listed(five, sort="name") == written


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "5001"}, {"limit": "x"}, {"offset": "-1"}, {"limit": "٣"}]
)
def test_a_page_that_cannot_be_had_is_refused_and_not_cut(
    five: MemoryModels, query: dict[str, str]
) -> None:
    with pytest.raises(BadQuery):
        listed(five, **query)


def test_a_page_larger_than_an_answer_is_refused_and_not_cut() -> None:
    records = [{"text": '"' * 1000}] * 3000

    with pytest.raises(BadQuery, match="smaller limit"):
        listings.fitted(records)


def test_the_lean_list_names_every_company_that_is_left_over(five: MemoryModels) -> None:
    def lean(**query: str) -> str:
        found = listings.lean(query, TENANT.id, five, lists(five))
        assert all(list(one) == list(LEAN) for one in found)
        return "".join(sorted(names(found)))

    assert lean() == "ABCDE"
    assert lean(status="lost,prospect") == "AC"
    assert lean(externalId="b") == "B"
    assert lean(sourceId="s-e") == "E"
