"""The live feed on a terminal: one line per event, none twice, none left out."""

from typing import Any

from waypost.cli import tail
from waypost.cli.tail import Feed


def event(id: str, **fields: Any) -> dict[str, Any]:
    user = {"id": "u1", "external_id": None, "email": None, "name": None}
    plain = {"action": "Logged in", "account_id": "acme", "count": 1}
    return {"id": id, "time": "2026-11-20T19:00:00.000Z", "user": user, **plain, **fields}


def test_a_line_names_time_user_action_and_account() -> None:
    assert tail.sentence(event("1")) == "2026-11-20T19:00:00.000Z  u1  Logged in  acme"


def test_a_user_is_called_by_name_then_e_mail_then_external_id() -> None:
    people = [
        {"name": "Ann", "email": "ann@acme.com", "external_id": "7", "id": "u"},
        {"name": None, "email": "ann@acme.com", "external_id": "7", "id": "u"},
        {"name": None, "email": None, "external_id": "7", "id": "u"},
        {"name": None, "email": None, "external_id": None, "id": None},
    ]

    names = [tail.sentence(event("1", user=person)).split("  ")[1] for person in people]

    assert names == ["Ann", "ann@acme.com", "7", "(no user)"]


def test_who_has_no_account_is_shown_with_the_reason() -> None:
    known, unknown = (
        tail.sentence(event("1", account_id=None, count=1200, **fields))
        for fields in ({"reason": "free e-mail"}, {})
    )

    assert known.endswith("Logged in ×1,200  (no account: free e-mail)")
    assert unknown.endswith("Logged in ×1,200  (no account)")


def test_a_hostile_action_stays_on_its_line() -> None:
    assert "\n" not in tail.sentence(event("1", action="a\n\x1b[31mb"))


class Api:
    """A read API that answers from a script, and remembers the queries."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        self._pages = list(pages)
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def read(self, path: str, **query: Any) -> dict[str, Any]:
        self.asked.append((path, {key: value for key, value in query.items() if value is not None}))
        return self._pages.pop(0)


def page(*ids: str, latest: str | None = None) -> dict[str, Any]:
    return {"events": [event(id) for id in ids], "latest": latest, "next": None}


NOTHING = page(latest="the caller's own")


def feed(api: Api, account: str | None = None, user: str | None = None) -> Feed:
    return Feed(api, account, user)  # type: ignore[arg-type]


def test_the_newest_events_come_last_and_never_more_than_asked() -> None:
    api = Api(page("3", "2", "1", latest="c"))

    newest = feed(api).newest(2)

    assert [event["id"] for event in newest] == ["2", "3"]


def test_following_goes_on_from_the_newest_and_shows_no_event_twice() -> None:
    api = Api(page("2", "1", latest="c2"), page("2", "3", latest="c3"), NOTHING, NOTHING)
    live = feed(api)

    ids = [
        [event["id"] for event in answer] for answer in (live.newest(9), live.newer(), live.newer())
    ]

    assert ids == [["1", "2"], ["3"], []]
    assert [query.get("after") for _, query in api.asked] == [None, "c2", "c3", "c3"]


def test_all_that_arrived_is_shown_whatever_one_answer_holds() -> None:
    api = Api(page(), page("1", "2", latest="c1"), page("3", latest="c2"), NOTHING)
    live = feed(api)
    live.newest(1)

    assert [event["id"] for event in live.newer()] == ["1", "2", "3"]
    assert [query.get("after") for _, query in api.asked] == [None, "0", "c1", "c2"]


def test_an_account_is_followed_in_the_feed_of_everybody() -> None:
    later = {"events": [event("3", account_id="other"), event("4")], "latest": "c2"}
    api = Api(page("9", latest="c1"), page("2", "1"), later, NOTHING)
    live = feed(api, account="acme")

    shown = [*live.newest(5), *live.newer()]

    assert [event["id"] for event in shown] == ["1", "2", "4"]
    assert [query for _, query in api.asked[:3]] == [
        {"limit": 5},
        {"limit": 5, "account": "acme"},
        {"after": "c1"},
    ]


def test_an_empty_feed_is_followed_from_its_very_beginning() -> None:
    api = Api(page(latest=None), page("1", latest="c1"), NOTHING)
    live = feed(api)

    live.newest(9)

    assert [event["id"] for event in live.newer()] == ["1"]
    assert api.asked[1][1]["after"] == "0"


def test_one_user_is_followed_by_id_whatever_name_was_given() -> None:
    other = {**event("2"), "user": {"id": "u2"}}
    feed_page = {"events": [other, event("3")], "latest": "c2"}
    api = Api({"id": "u1"}, page(latest="c1"), page("1"), feed_page, NOTHING)
    live = feed(api, user="a/n@acme.com")

    first, then = list(live.newest(1)), list(live.newer())

    assert [event["id"] for event in first + then] == ["1", "3"]
    assert api.asked[0] == ("users/a%2Fn%40acme.com", {})


def test_no_line_at_first_still_starts_behind_what_is_there() -> None:
    api = Api(page("1", latest="c1"), page("1", "2", latest="c2"), NOTHING)
    live = feed(api)

    shown = live.newest(0)

    assert shown == []
    assert [event["id"] for event in live.newer()] == ["2"]
