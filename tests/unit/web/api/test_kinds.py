"""Every kind of question refuses what it does not know before it looks for its answer."""

from typing import Any

import pytest

from tests.fakes import FakeTenants, FixedClock
from waypost.errors import BadQuery
from waypost.web.api import kinds

NOW = 1_800_000_000_000
# What a question cannot be asked without.
NEEDED: dict[str, dict[str, list[str]]] = {
    "funnels": {"step": ["Signed up", "Paid"]},
    "paths": {"action": ["Paid"]},
}


def check(kind: str, **given: Any) -> None:
    parameters = NEEDED.get(kind, {}) | given
    kinds.check(kind, "t1", parameters, tenants=FakeTenants(), clock=FixedClock(NOW))


def test_all_kinds_are_known() -> None:
    asked = {"metrics", "funnels", "retention", "paths", "changes", "accounts", "users"}

    assert asked <= set(kinds.every())


@pytest.mark.parametrize("kind", kinds.every())
def test_what_its_route_answers_is_understood(kind: str) -> None:
    check(kind)


@pytest.mark.parametrize("kind", kinds.every())
@pytest.mark.parametrize(("name", "value"), [("nonsense", "1"), ("format", "xml"), ("limit", "x")])
def test_what_its_route_does_not_know_is_refused_by_name(kind: str, name: str, value: str) -> None:
    """Before the first look at the lake: else it would be saved, and fail as a job."""
    with pytest.raises(BadQuery) as refusal:
        check(kind, **{name: [value]})

    assert refusal.value.extra["field"] == name
