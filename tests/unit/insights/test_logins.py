"""Which events are logins."""

from typing import Any

import msgspec
import pytest

from tests.unit.insights.activity_world import reader
from waypost.insights import activity, logins
from waypost.insights.needs import Asked
from waypost.sources import kinesin_types, natero, synerise_actions

AT = 1_732_000_000_000


def number(*events: dict[str, Any]) -> int:
    """How many of the events are logins."""
    asked = Asked(columns=frozenset({"count"}), condition=(logins.condition(), logins.COLUMNS))
    question = activity.rows(asked)
    with reader(*events).open("t", question.plan) as opened:
        return len(opened.rows(question.sql, question.parameters))


def of_natero(*items: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of activity, as Natero's door makes them of items."""
    known = {"account_id": "acme", "user_id": "u1", "created_at": AT}
    batch = natero.parse(msgspec.json.encode([known | item for item in items]), AT)
    assert not batch.rejects
    return [{"action": event.action, "feature": event.feature} for event in batch.events]


def test_a_feature_that_is_called_login_is_no_login() -> None:
    events = of_natero(
        {"action": "login"},
        {"action": "Login", "feature": "reports"},
        {"action": "feature", "feature": "login"},
    )

    assert number(*events) == 2


@pytest.mark.parametrize(
    "action",
    [
        synerise_actions.ROUTES["logged-in"],
        *(name for name in kinesin_types.EVENT_TYPES if name.endswith(".login")),
        *("Logged in", "logged in", "LOGGED_IN", "Log In", "Login", "User Login", "user.login"),
        *("Signed In", "Signed in", "sign-in", "User Signed In"),
    ],
)
def test_a_login_is_told_by_its_name_in_every_senders_words(action: str) -> None:
    assert number({"action": action}) == 1


@pytest.mark.parametrize(
    "action",
    [
        *(None, "", "logout", "Logged out", "Login failed", "Viewed login", "POST /login"),
        *("Signed up", "blogin", "client.logout", "kinesinlms.core.user.registration"),
    ],
)
def test_what_only_sounds_like_a_login_is_none(action: str | None) -> None:
    assert number({"action": action}) == 0
