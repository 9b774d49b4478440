"""Changes: which accounts are news, and which are not."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from tests.fakes import FakeReader
from tests.unit.insights import changes_world
from tests.unit.insights.changes_world import NOW, TODAY, Event, did, lake, steadily
from waypost.insights import change_sql, changes
from waypost.insights.change_words import reason
from waypost.insights.changes import Ask, Change
from waypost.times import DAY_MS

SEEDS = range(25)
ASK = Ask(end=TODAY + DAY_MS, now=TODAY + DAY_MS)


def ask(reader: FakeReader, **asked: Any) -> list[Change]:
    return changes.answer(replace(ASK, **asked), "t", reader).changes


def kinds(reader: FakeReader, **asked: Any) -> dict[str, str]:
    return {change.id: change.kind for change in ask(reader, **asked)}


def why(reader: FakeReader, **asked: Any) -> str:
    (change,) = ask(reader, **asked)
    return reason(change, replace(ASK, **asked))


def test_an_account_that_did_less_than_half_of_its_usual_fell() -> None:
    world = lake(*steadily(160, 139, 28), *steadily(12, 27, 0))

    (change,) = ask(world)

    assert (change.kind, change.now, change.before, change.change) == ("fell", 12, 40, -0.7)
    assert why(world) == "weight 12 in the last 28 days, 40 in an average 28 days before: down 70 %"


def test_an_account_that_did_much_more_than_usual_rose() -> None:
    world = lake(*steadily(100, 139, 28), *steadily(60, 27, 0))

    assert why(world, metric="events") == (
        "events 60 in the last 28 days, 25 in an average 28 days before: up 140 %"
    )


def test_an_account_without_activity_went_quiet_and_since_when_is_told() -> None:
    world = lake(*steadily(100, 139, 33))

    assert kinds(world) == {"acme": "quiet"}
    assert why(world).startswith("no activity since 2026-10-18, was active on 2")
    assert why(world).endswith(" of 28 days")


def test_what_an_account_does_without_a_user_makes_news_and_no_user() -> None:
    alone: dict[str, Any] = {"user_id": None}
    world = lake(*steadily(160, 139, 28, **alone), *steadily(12, 27, 0, **alone))

    (change,) = ask(world)

    assert (change.kind, change.users, change.users_before) == ("fell", 0, 0)
    assert ask(world, metric="users") == []


def test_an_account_long_quiet_has_its_average_as_reason() -> None:
    world = lake(*steadily(100, 139, 70))

    assert why(world) == "no activity since 2026-09-11, weight 25 in an average 28 days before"


def test_an_account_that_was_silent_for_the_whole_baseline_came_back() -> None:
    world = lake(did(300), did(5), did(1))

    assert why(world) == (
        "active again since 2026-11-15 after none in the 112 days before, "
        "weight 2 in the last 28 days"
    )


def test_an_account_whose_first_activity_is_in_the_last_days_is_new() -> None:
    assert why(lake(did(27), did(3))) == (
        "first activity of all on 2026-10-24, weight 2 in the last 28 days"
    )


def test_an_account_that_does_what_it_always_did_is_no_news() -> None:
    assert kinds(lake(*steadily(200, 139, 0))) == {}


def test_what_is_small_scatters_and_is_no_news_unless_one_wants_it() -> None:
    world = lake(*[did(day) for day in (130, 100, 70, 40, 35)])

    assert kinds(world) == {}
    assert kinds(world, least=0.0) == {"acme": "quiet"}


def test_an_account_that_always_swings_is_no_news_when_it_swings() -> None:
    swings = [(60, 139, 112), (5, 111, 84), (60, 83, 56), (5, 55, 28), (8, 27, 0)]
    swinging = [event for swing in swings for event in steadily(*swing)]
    steady = steadily(130, 139, 28, "bolt") + steadily(8, 27, 0, "bolt")

    assert kinds(lake(*swinging, *steady)) == {"bolt": "fell"}


def test_a_young_account_is_judged_by_the_days_that_it_was_there() -> None:
    young = lake(*steadily(14, 41, 28), *steadily(28, 27, 0))

    assert ask(young, threshold=0.0, least=0.0, metric="events") == []
    assert kinds(lake(*steadily(14, 41, 28), *steadily(3, 27, 0))) == {"acme": "fell"}


def test_periods_before_an_account_was_there_do_not_make_it_swing() -> None:
    assert kinds(lake(*steadily(40, 83, 28), *steadily(4, 27, 0))) == {"acme": "fell"}


def test_two_events_are_no_news_where_there_is_hardly_ever_one() -> None:
    assert kinds(lake(did(100), did(2), did(1))) == {}


def test_what_is_still_to_come_of_today_is_not_missed() -> None:
    world = lake(*steadily(1120, 139, 1, weight=1.0))
    early = {"days": 1, "baseline": 100, "threshold": 0.1, "least": 0.0, "metric": "events"}

    midnight = ask(world, **early, now=TODAY)

    assert midnight == []
    assert [change.kind for change in ask(world, **early)] == ["quiet"]


def test_the_largest_loss_comes_first_and_gains_follow() -> None:
    world = lake(
        *steadily(100, 139, 28, "small"),
        *steadily(100, 139, 28, "large", weight=9.0),
        *steadily(100, 139, 28, "riser"),
        *steadily(900, 27, 0, "riser"),
    )

    assert list(kinds(world)) == ["large", "small", "riser"]


def test_totals_count_what_is_not_shown_too() -> None:
    world = lake(*(event for n in range(5) for event in steadily(100, 139, 40, f"c{n}")), did(1))

    answer = changes.answer(replace(ASK, limit=2), "t", world)

    assert len(answer.changes) == 2
    assert answer.totals == {"quiet": 5, "new": 1}


def test_an_account_that_is_known_to_have_churned_is_left_out_unless_asked_for() -> None:
    gone = {"id": "acme", "traits": '{"is_churned":true}'}
    world = lake(*steadily(100, 139, 40), accounts=[gone])

    assert kinds(world) == {}
    assert [change.churned for change in ask(world, churned=True)] == [True]


def test_users_are_people_and_merged_ones_count_once() -> None:
    before = [did(day, user=f"p{n}") for day in (100, 60, 40) for n in range(20)]
    world = lake(*before, did(100, user="u1"), did(3, user="u1"), did(2, user="u2"))

    (change,) = ask(world, metric="users", least=0.0)

    assert (change.now, change.users, change.users_before) == (1, 1, 20)


def test_weights_of_nothing_divide_by_nothing() -> None:
    assert kinds(lake(*steadily(100, 139, 0, weight=0.0)), least=0.0, threshold=0.0) == {}
    assert kinds(lake(*steadily(100, 139, 28, weight=0.0), *steadily(50, 27, 0))) == {
        "acme": "rose"
    }


NAMES = [f"account {n}" for n in range(8)]


def lives(chance: Random, days: int, users: list[str]) -> list[Event]:
    """Each account has a life of its own, that begins and ends around the borders of periods."""
    edges = [-1, 0, 1, days - 1, days, days + 1, 3 * days, 5 * days, 9 * days]
    events = []
    for name in [*NAMES, "nowhere", None]:
        last, first = sorted(max(chance.choice(edges), 0) for _ in range(2))
        for _ in range(chance.choice([1, 5, 60])):
            more = {"weight": chance.choice([0.0, 0.1, 1.0, 5.0]), "count": chance.randrange(1, 4)}
            ago = chance.choice([first, last, chance.randint(last, first)])
            events.append(did(ago, name, chance.choice(users), **more))
    return events


@pytest.mark.parametrize("seed", SEEDS)
def test_no_change_differs_from_a_recount(seed: int) -> None:
    chance = Random(seed)
    people = {"u1": "u2", "u2": "u2"} | {f"p{n}": f"p{chance.randrange(4)}" for n in range(4)}
    homes = {person: chance.choice([*NAMES[:3], None]) for person in set(people.values())}
    asked: dict[str, Any] = {
        "metric": chance.choice(["weight", "events", "users"]),
        "days": chance.choice([1, 7, 28]),
        "baseline": chance.choice([1, 3, 4]),
        "threshold": chance.choice([0.0, 0.2, 0.5]),
        "least": chance.choice([0.0, 1.0, 2.0]),
        "now": NOW,
    }
    events = lives(chance, asked["days"], [*people, "stranger"])
    world = lake(
        *events,
        who=[
            {"user_id": user, "person": person, "account": homes[person]}
            for user, person in people.items()
        ],
        accounts=[{"id": name} for name in NAMES],
        alias=[{"company_id": name, "account": name} for name in NAMES],
    )
    for event in events:
        event["person"] = people.get(event["user_id"], event["user_id"])
        named = event["company_id"] in NAMES
        event["account"] = event["company_id"] if named else homes.get(event["person"])

    assert kinds(world, **asked) == changes_world.expected(replace(ASK, **asked), events, NAMES)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("WHEN lived <= 0", "WHEN lived < 0"),
        ("periods[2:1 + lived // $days]", "periods[2:]"),
        ("* $elapsed", "* greatest($elapsed, 1)"),
        ("min(first)", "max(first)"),
    ],
)
def test_a_planted_bug_is_caught(right: str, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_sql, "_SQL", change_sql._SQL.replace(right, wrong))

    assert any(map(differs, SEEDS))


def differs(seed: int) -> bool:
    try:
        test_no_change_differs_from_a_recount(seed)
    except AssertionError:
        return True
    return False
