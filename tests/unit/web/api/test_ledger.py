"""The ledger over the API: the sum of everything received, and a reason for what is not counted."""

import json
from typing import Any

import msgspec
import pytest

from tests.asking import asked
from tests.fakes import FakeLake, FakeReader
from tests.readers import LedgerReader
from waypost.errors import BadQuery
from waypost.event import Reject, Verdict
from waypost.ingest.messages import Message
from waypost.insights.ports import LedgerStores
from waypost.lake.months import Month
from waypost.tenants import Tenant
from waypost.times import HOUR_MS
from waypost.web.api.ledger import LedgerRows, ledger

TENANT = Tenant("t-1")
NOON = 1_795_176_000_000  # 2026-11-20T12:00:00Z


class World:
    """A ledger, published counts, and what landed since."""

    def __init__(self) -> None:
        self.ledger, self.reader, self.lake = LedgerReader(), FakeReader(), FakeLake()
        self.read: tuple[str, frozenset[bytes]] = ("", frozenset())
        self.stores = LedgerStores(self.ledger, self.reader, self, self.lake)

    def mark(self, _tenant: str) -> tuple[str, frozenset[bytes]]:
        return self.read

    def refuse(self, receipt: str, *rejects: Reject) -> None:
        self.ledger.put(TENANT, Message(TENANT.id, receipt, "s", NOON), list(rejects))

    def ask(self, **query: str | list[str]) -> Any:
        return json.loads(msgspec.json.encode(ledger(TENANT.id, asked(**query), self.stores)))


@pytest.fixture
def world() -> World:
    return World()


def test_an_entry_says_what_why_and_where(world: World) -> None:
    detail = {"was": "string"}
    world.refuse("r1", Reject(3, "code", "why", "field", 5, "{}", Verdict.NOTED, detail))

    answer = ledger(TENANT.id, asked(), world.stores)

    assert msgspec.json.encode(answer) == (
        b'{"counts":{"received":0,"stored":0,"duplicate":0,"rejected":0,"ignored":0,'
        b'"unassigned":0},"rejected":[],"ignored":[],"noted":[{"verdict":"noted",'
        b'"received":"2026-11-20T12:00:00.000Z","receipt":"r1","payload":"{}","index":3,'
        b'"code":"code","message":"why","field":"field","line":5,"detail":{"was":"string"}}],'
        b'"next":null}'
    )


def test_line_and_detail_are_left_out_where_there_are_none(world: World) -> None:
    world.refuse("r1", Reject(0, "code", "why"))

    (entry,) = world.ask()["rejected"]

    assert list(entry) == [
        *("verdict", "received", "receipt", "payload", "index", "code", "message", "field")
    ]


def test_what_landed_since_the_last_run_is_counted_too(world: World) -> None:
    counted = {"2026-11-20": {"stored": 3, "rejected": 1}}
    world.reader.manifests.append(Month("2026-11", counts=counted))
    world.lake.put_landing(TENANT.id, [], NOON, ["m1"], {"stored": 2, "ignored": 1})

    counts = world.ask()["counts"]

    assert counts == {
        "received": 7, "stored": 5, "duplicate": 0, "rejected": 1, "ignored": 1, "unassigned": 0
    }  # fmt: skip


def test_who_has_no_account_is_a_part_of_what_is_stored_and_no_fifth_verdict(world: World) -> None:
    world.reader.manifests.append(Month("2026-11", counts={"2026-11-20": {"stored": 9}}))
    world.reader.tables |= {
        "seen": [{"user_id": "ann", "rows": 2}, {"user_id": "bob", "rows": 3},
                 {"user_id": "bob", "company_id": "acme", "rows": 4}],
        "who": [{"user_id": "ann", "person": "ann", "account": "acme"}],
        "alias": [{"company_id": "acme", "account": "acme"}],
    }  # fmt: skip

    counts = world.ask()["counts"]

    assert (counts["received"], counts["stored"], counts["unassigned"]) == (9, 9, 3)


def test_a_parameter_that_there_is_not_is_refused(world: World) -> None:
    with pytest.raises(BadQuery) as refusal:
        world.ask(verdikt="rejected")

    assert refusal.value.extra["field"] == "verdikt"


def test_what_a_run_has_read_is_not_counted_twice(world: World) -> None:
    world.lake.put_landing(TENANT.id, [], NOON, ["m1"], {"stored": 2})
    (read,) = world.lake.landing(TENANT.id, "")
    world.read = (read.hour, frozenset({read.name}))

    assert world.ask()["counts"]["received"] == 0


def test_messages_that_were_matched_in_two_hours_are_counted_once(world: World) -> None:
    world.lake.put_landing(TENANT.id, [], NOON, ["r1#000000"], {"stored": 2})
    world.lake.put_landing(TENANT.id, [], NOON + HOUR_MS, ["r1#000000"], {"stored": 2})

    assert world.ask()["counts"]["stored"] == 2


def test_pages_hold_whole_messages_and_every_entry_once(world: World) -> None:
    for receipt in ("r1", "r2", "r3"):
        world.refuse(receipt, Reject(0, f"{receipt}-a", "why"), Reject(1, f"{receipt}-b", "why"))

    first = world.ask(limit="3")
    rest = world.ask(limit="3", cursor=first["next"])

    codes = [entry["code"] for page in (first, rest) for entry in page["rejected"]]
    assert codes == ["r3-a", "r3-b", "r2-a", "r2-b", "r1-a", "r1-b"]
    assert rest["next"] is None


def test_each_verdict_has_its_list_and_csv_has_one_for_all(world: World) -> None:
    verdicts = (Verdict.REJECTED, Verdict.IGNORED, Verdict.NOTED)
    world.refuse("r1", *(Reject(n, "c", "why", verdict=one) for n, one in enumerate(verdicts)))

    answer = world.ask()
    rows = ledger(TENANT.id, asked(format="csv"), world.stores)

    assert [len(answer[verdict]) for verdict in verdicts] == [1, 1, 1]
    assert isinstance(rows, LedgerRows)
    assert [entry.verdict for entry in rows.entries] == list(verdicts)


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ({"verdict": "ignored"}, ["b"]),
        ({"verdict": ["ignored", "rejected"]}, ["a", "b"]),
        ({"verdict": "stored"}, []),
        ({"code": "c", "receipt": "r1"}, ["c"]),
        ({"receipt": "r2"}, []),
        ({"field": "email"}, ["a"]),
        ({"payload": "ANN"}, ["a"]),
        ({"message": "because"}, ["c"]),
        ({"from_": "2026-11-20T12:00Z"}, ["a", "b", "c"]),
        ({"to": "2026-11-20T12:00Z"}, []),
        ({"code": "\0' OR 1"}, []),
    ],
)
def test_entries_are_narrowed_by_what_they_say(
    world: World, given: dict[str, Any], codes: list[str]
) -> None:
    world.refuse(
        "r1",
        Reject(0, "a", "why", "email", payload='{"name":"Ann"}'),
        Reject(1, "b", "why", verdict=Verdict.IGNORED),
        Reject(2, "c", "why? Because", verdict=Verdict.NOTED),
    )

    rows: Any = ledger(TENANT.id, asked(**given, format="csv"), world.stores)

    assert [entry.code for entry in rows.entries] == codes


def test_few_among_many_are_read_up_to_a_bound_and_the_next_page_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("waypost.web.api.ledger._MOST_READ", 2)
    for number in range(5):
        world.refuse(f"r{number}", Reject(0, "rare" if number == 0 else "usual", "why"))

    pages = [world.ask(code="rare")]
    while pages[-1]["next"]:
        pages.append(world.ask(code="rare", cursor=pages[-1]["next"]))

    assert [len(page["rejected"]) for page in pages] == [0, 0, 1]
