"""What web pages fetch: a script that can be cached and pinned, and the lists of a site."""

import json
import re
from base64 import b64decode
from gzip import decompress
from hashlib import sha384
from typing import Any

import pytest

from functions.script import handler
from tests.conftest import ROOT
from tests.fakes.seconds import context
from waypost.event import Event, ItemError
from waypost.ingest import filters
from waypost.tenants import Rule
from waypost.web import script
from waypost.web.script import Script

SCRIPT = Script(b"(() => {})();\n")
OTHER = Script(b"(() => {})()\n")
SERVED, NA = (
    Script((ROOT / f"functions/script/{file}.min.js").read_bytes(), file)
    for file in ("plantrack", "na")
)
EVENT = json.loads((ROOT / "events/script.json").read_text())


def test_a_name_with_a_hash_belongs_to_one_build_alone() -> None:
    assert SCRIPT.is_named(SCRIPT.name)
    assert not SCRIPT.is_named(OTHER.name)
    assert not SCRIPT.is_named("plantrack.min.js")
    assert not SCRIPT.is_named(f"x{SCRIPT.name}")


def test_integrity_is_what_a_browser_computes_of_the_same_bytes() -> None:
    kind, _, value = SCRIPT.integrity.partition("-")

    assert (kind, b64decode(value)) == ("sha384", sha384(SCRIPT.body).digest())


def test_the_name_that_stays_is_asked_for_again_and_the_other_never() -> None:
    stays = SCRIPT.headers(immutable=False)["Cache-Control"]
    changes = SCRIPT.headers(immutable=True)["Cache-Control"]

    assert stays == "public, max-age=300"
    assert changes == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("header", ["{0}", 'W/"x", {0}', "*", '"x",{0}'])
def test_a_browser_that_holds_this_build_needs_no_other(header: str) -> None:
    assert SCRIPT.is_known(header.format(SCRIPT.etag))


@pytest.mark.parametrize("header", ["", '"x"', SCRIPT.hash, OTHER.etag])
def test_a_browser_that_holds_another_build_gets_this_one(header: str) -> None:
    assert not SCRIPT.is_known(header)


@pytest.mark.parametrize(
    ("path", "served", "age"),
    [
        ("plantrack.min.js", SERVED, 300),
        (f"script/{SERVED.name}", SERVED, 31536000),
        ("script/na.min.js", NA, 300),
        (f"script/{NA.name}", NA, 31536000),
    ],
)
def test_each_name_serves_its_build_compressed_and_to_every_origin(
    path: str, served: Script, age: int
) -> None:
    answer = _get(path)

    headers = answer["multiValueHeaders"]
    assert decompress(b64decode(answer["body"])) == served.body
    assert f"max-age={age}" in headers["Cache-Control"][0]
    assert headers["Content-Type"] == ["application/javascript; charset=utf-8"]
    assert headers["Access-Control-Allow-Origin"] == ["*"]
    assert headers["Content-Encoding"] == ["gzip"]


def test_a_browser_without_gzip_gets_the_bytes_as_they_are() -> None:
    answer = _get("plantrack.min.js", **{"Accept-Encoding": "identity"})

    assert answer["body"].encode() == SERVED.body


def test_a_build_that_is_still_the_newest_is_not_sent_again() -> None:
    answer = _get("plantrack.min.js", **{"If-None-Match": SERVED.etag})

    assert (answer["statusCode"], answer["body"]) == (304, "")


def test_a_build_of_yesterday_is_gone() -> None:
    answer = _get(f"script/{OTHER.name}", **{"Accept-Encoding": "identity"})

    assert answer["statusCode"] == 404
    assert json.loads(answer["body"])["code"] == "unknown_script"


def test_a_site_has_the_rules_for_all_sources_and_for_its_own() -> None:
    given = (
        Rule(allow=("Bought",), deny=("page.*",)),
        Rule(deny=("x",), source="planhat"),
        Rule(deny=("y",), source="segment"),
    )

    found = script.lists(given)

    assert (found["allow"], found["deny"]) == (["Bought"], ["page.*", "x"])


def test_without_rules_nothing_is_unwanted() -> None:
    assert script.lists(()) == {"allow": [], "deny": [], "actions": "", "unwanted": ""}


@pytest.mark.parametrize(
    "rule",
    [
        Rule(deny=("page.visit",)),
        Rule(deny=("page.*", "Sa?")),
        Rule(allow=("page.*",)),
        Rule(allow=("*",), deny=("page.visit", "*)(+$")),
        Rule(allow=("Sa?", "a\nb*"), deny=("Say",)),
        Rule(deny=("*",)),
        Rule(short_actions=True),
        Rule(short_actions=True, deny=("page.*",)),
    ],
)
def test_what_the_script_leaves_out_is_what_the_server_would(rule: Rule) -> None:
    actions = ["page.visit", "page-visit", "Sat", "Say", "Say so", "a\nbc", "x)(+$", "PAGE.VISIT"]
    expression = str(script.lists((rule,))["unwanted"])

    left_out = [action for action in actions if re.search(expression, action)]

    assert left_out == [action for action in actions if _is_ignored(action, rule)]


def test_a_site_has_its_own_rules_and_those_of_all_sites() -> None:
    rules = (
        Rule(deny=("x",)),
        Rule(deny=("y",), site="*.shop.example"),
        Rule(deny=("z",), site="docs"),
    )

    denied = [script.lists(rules, site)["deny"] for site in ("", "www.Shop.example", "docs")]

    assert denied == [["x"], ["x", "y"], ["x", "z"]]


def test_what_has_no_action_is_never_unwanted() -> None:
    for rule in (Rule(deny=("*",)), Rule(allow=("x",)), Rule(short_actions=True)):
        assert not re.search(str(script.lists((rule,))["unwanted"]), "")


@pytest.mark.parametrize("rule", [Rule(deny=("[z-a]*",)), Rule(allow=("[a-z]*", "x"))])
def test_a_glob_that_only_the_server_can_read_is_left_to_it(rule: Rule) -> None:
    assert script.lists((rule,))["unwanted"] == ""


def _is_ignored(action: str, rule: Rule) -> bool:
    try:
        filters.check(Event(action=action), script.SOURCE, (rule,))
    except ItemError:
        return True
    return False


def _get(path: str, **headers: str) -> dict[str, Any]:
    given = {**EVENT["headers"], **headers}
    event = {
        **EVENT,
        "path": f"/analytics/{path}",
        "headers": given,
        "multiValueHeaders": {name: [value] for name, value in given.items()},
    }
    return handler.lambda_handler(event, context())
