"""Steps of funnels are read from texts and JSON, or refused by name."""

import pytest

from waypost.errors import BadQuery
from waypost.insights import steps


def filters_of(text: str) -> list[str]:
    return [str(each) for each in steps.read(text).filters]


@pytest.mark.parametrize(
    ("text", "name", "filters"),
    [
        ("Signed up", "Signed up", ['action = "Signed up"']),
        ("GET /hello/{id}", "GET /hello/{id}", ['action = "GET /hello/{id}"']),
        (
            "Created report[info.plan=pro][page contains /x]",
            "Created report[info.plan=pro][page contains /x]",
            ['action = "Created report"', 'info.plan = "pro"', 'page contains "/x"'],
        ),
        ('[action in ["a","b]"]]', '[action in ["a","b]"]]', ['action in ["a", "b]"]']),
        ('a[label="]"] [user=x]', 'a[label="]"] [user=x]', ["a", "]", "x"]),
        ('{"action":"Clicked [OK]"}', "Clicked [OK]", ['action = "Clicked [OK]"']),
        ('{"filters":["label=T"],"name":"Trial"}', "Trial", ['label = "T"']),
        ('{"filters":[{"field":"info.n","op":">","value":5}]}', 'info.n > "5"', ['info.n > "5"']),
        ("a = b", "a = b", ['action = "a = b"']),
        ("page in print", "page in print", ['action = "page in print"']),
        ("info.sent", "info.sent", ['action = "info.sent"']),
    ],
)
def test_a_step_is_an_action_filters_or_both(text: str, name: str, filters: list[str]) -> None:
    step = steps.read(text)

    assert step.name == name
    assert len(step.filters) == len(filters)
    assert all(part in str(each) for part, each in zip(filters, step.filters, strict=True))


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("[", "brackets"),
        ("a[", "brackets"),
        ("a]b[c", "brackets"),
        ("Clicked [OK]", "is no filter"),
        ("a[page=b]c", "brackets"),
        ("a[]", "is no filter"),
        ("[]", "is no filter"),
        (" ", "says nothing"),
        ("{}", "says nothing"),
        ("{", "JSON"),
        ('{"filters":{}}', "filters"),
        ('{"filters":[5]}', "texts or objects"),
        ('{"action":5}', "an action"),
        ('{"name":["x"],"action":"a"}', "an action"),
        ('{"step":"a"}', "an action"),
        ("action=Signed up", "write [action=Signed up]"),
        ("info.plan >= 5", "is a filter"),
        ("trait.role exists", "write [trait.role exists]"),
        ("x" * 20_001, "longer"),
        ("a" + "[page=x]" * 60, "more than"),
        ('{"filters":' + "[" * 100_000, "JSON"),
        ("a[info.x\0=1]", "no field"),
    ],
)
def test_what_is_no_step_is_refused_by_name_with_a_remedy(text: str, remedy: str) -> None:
    with pytest.raises(BadQuery) as refused:
        steps.read(text, "goal")

    assert refused.value.body()["field"] == "goal"
    assert remedy in str(refused.value)


@pytest.mark.parametrize(
    ("first", "second", "apart"),
    [
        ("a", "b", True),
        ("a", "a", False),
        ("a[info.x=1]", "a[info.x=2]", True),
        ("a[info.x=1]", "a[info.x=1.0]", False),
        ("a", "[info.x=1]", False),
        ("a", "[action in b,c]", True),
        ("a", "[action!=a]", False),
        ("[user=ann]", "[user=ann@acme.com]", False),
    ],
)
def test_steps_are_apart_where_no_event_can_be_both(first: str, second: str, apart: bool) -> None:
    assert steps.read(first).excludes(steps.read(second)) is apart
