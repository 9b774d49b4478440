"""The snippet in all its variants, and what `waypost verify` makes of a page."""

from dataclasses import replace

import pytest

from tests.conftest import ROOT
from waypost.cli import snippet, verify
from waypost.cli.connection import Connection
from waypost.cli.verify import Facts
from waypost.web.script import Script

TEXT = (ROOT / snippet.SOURCE).read_text()
PLACE = Connection(
    "https://abcde12345.execute-api.us-east-1.amazonaws.com/prod",
    "11111111-1111-4111-8111-111111111111",
)
BUILD = Script((ROOT / "functions/script/plantrack.min.js").read_bytes())
HOST = "https://t.example"
FINE = Facts(
    has_snippet=True, has_script=True, has_user=True, endpoint=f"{HOST}/analytics/T", status=200
)


def test_the_snippet_names_the_script_and_the_tenant() -> None:
    html = snippet.render(TEXT, PLACE)

    assert f'"{PLACE.url}/analytics/plantrack.min.js"' in html
    assert f'plantrack.load("{PLACE.url}/analytics/{PLACE.tenant}");' in html
    assert html.startswith("<script>\n")


def test_with_a_nonce_both_the_snippet_and_the_script_carry_it() -> None:
    html = snippet.render(TEXT, PLACE, nonce='{{ "n" }}')

    assert html.startswith('<script nonce="{{ &quot;n&quot; }}">\n')
    assert "s.nonce = d.currentScript.nonce;" in html


def test_with_integrity_the_browser_takes_this_build_and_no_other() -> None:
    html = snippet.render(TEXT, PLACE, build=BUILD)

    assert f'"{PLACE.url}/analytics/script/{BUILD.name}"' in html
    assert f's.integrity = "{BUILD.integrity}";' in html
    assert 's.crossOrigin = "anonymous";' in html


def test_every_variant_is_shorter_than_a_thousand_bytes() -> None:
    longest = snippet.render(TEXT, PLACE, nonce="0123456789abcdef", build=BUILD)

    assert len(longest) <= 1_000


def test_a_page_with_na_has_the_script_in_a_tag_and_with_integrity_both_of_its_files() -> None:
    second = Script(b"(() => {})();", "na")

    plain, pinned = snippet.tags(PLACE), snippet.tags(PLACE, "n1", [BUILD, second])

    assert f'<script src="{PLACE.url}/analytics/plantrack.min.js"></script>' in plain
    assert f'new na("{PLACE.tenant}", "web", {{}})' in plain
    assert pinned.count('<script nonce="n1"') == 3
    for build in (BUILD, second):
        assert f'script/{build.name}" integrity="{build.integrity}" crossorigin=' in pinned


def test_an_address_cannot_end_the_script_element() -> None:
    odd = Connection('https://t.example/</script><b>"', "T")

    assert "</script>" not in snippet.render(TEXT, odd).removesuffix("</script>")


def test_nothing_is_wrong_with_a_page_that_works() -> None:
    assert verify.judge(FINE) is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"has_snippet": False}, "no snippet"),
        ({"endpoint": ""}, "plantrack.load"),
        ({"endpoint": "", "uses_na": True}, "nobody is logged in"),
        ({"has_script": False}, "did not load"),
        ({"status": 404}, "no tenant"),
        ({"status": 401}, "no tenant"),
        ({"status": 0}, "cannot be reached"),
    ],
)
def test_what_is_missing_is_told(change: dict[str, object], says: str) -> None:
    fault = verify.judge(replace(FINE, **change))  # type: ignore[arg-type]

    assert fault is not None
    assert says in fault


@pytest.mark.parametrize(
    ("directive", "address", "change", "says"),
    [
        ("script-src-elem", f"{HOST}/analytics/plantrack.min.js", {"has_script": False}, HOST),
        ("script-src", f"{HOST}/analytics/script/x.min.js", {"has_snippet": False}, HOST),
        ("script-src-elem", "inline", {"has_snippet": False, "endpoint": ""}, "--nonce"),
        ("connect-src", f"{HOST}/analytics/sites/T", {"status": 0}, f"{HOST} to connect-src"),
    ],
)
def test_what_the_pages_policy_stops_is_told_with_its_remedy(
    directive: str, address: str, change: dict[str, object], says: str
) -> None:
    refused = [{"directive": directive, "address": address}]

    fault = verify.judge(replace(FINE, refused=refused, **change))  # type: ignore[arg-type]

    assert fault is not None
    assert "policy" in fault or "blocked" in fault
    assert says in fault


def test_the_policy_of_something_else_on_the_page_is_no_fault() -> None:
    refused = [{"directive": "connect-src", "address": "https://other.example/x"}]

    assert verify.judge(replace(FINE, refused=refused)) is None
