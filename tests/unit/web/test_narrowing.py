"""What lists take is one table: read by it, refused by it, and told by the README."""

import pytest

from tests.asking import asked
from tests.template.stack import FUNCTIONS
from waypost.errors import BadQuery
from waypost.insights.listed import TAKES
from waypost.web import narrowing


@pytest.mark.parametrize("list_", TAKES)
def test_the_readme_tells_every_parameter_of_a_list(list_: str) -> None:
    readme = (FUNCTIONS / "api" / "README.md").read_text()

    missing = [name for name in TAKES[list_] if f"`{name}`" not in readme]

    assert missing == []


@pytest.mark.parametrize("list_", TAKES)
def test_every_parameter_of_a_list_is_read_and_a_name_like_it_is_not(list_: str) -> None:
    for name, choice in TAKES[list_].items():
        value = {"flag": "true", "since": "2026-11-20", "until": "2026-11-20"}
        given = asked(**{name: value.get(choice.way, "7")})
        (narrow,) = narrowing.narrows(given, TAKES[list_])
        given.refuse_rest()

        assert narrow.choice is choice
        misspelt = asked(**{f"{name}z": "7"})
        narrowing.narrows(misspelt, TAKES[list_])
        with pytest.raises(BadQuery, match=f"did you mean {name}?"):
            misspelt.refuse_rest()
