"""Dates are read exactly as Node reads them with TZ=UTC, or refused for a documented reason."""

import json
import math
import os
import re
import shutil
import subprocess
from collections.abc import Callable

import pytest

from tests.unit.jsdates import (
    ACCIDENTS,
    INVALID,
    ISO_FORMS,
    MONTHS,
    OTHER_FORMS,
    mutated,
    well_formed,
)
from waypost import isodate, jsdate

Parser = Callable[[str], int]
Truths = dict[str, int | None]


def deliberately_refused(text: str) -> bool:
    """The documented strictness, told again without the parser's help."""
    if len(text) > 200 or "\0" in text:
        return True
    if re.fullmatch("[+-][0-9]{6}", text):
        return False
    spoken = re.sub("[\xa0\u202f]", " ", _uncommented(text))
    words, numbers = re.findall("[A-\U0010ffff]+", spoken), re.findall("[0-9]+", spoken)
    if {word[:3].lower() for word in words} & {month[:3].lower() for month in MONTHS}:
        return False
    return len(numbers) < 2 and not any(len(number) in (3, 4) for number in numbers)


def _uncommented(text: str) -> str:
    while (shorter := re.sub(r"\([^()]*\)", ",", text)) != text:
        text = shorter
    return text.split("(")[0]


def verdict(parser: Parser, text: str, truth: int | None) -> str:
    try:
        instant = parser(text)
    except ValueError:
        if truth is None:
            return "both refuse"
        return "refused on purpose" if deliberately_refused(text) else "refused by mistake"
    if truth is None:
        return "accepted by mistake"
    return "same instant" if instant == truth else "wrong instant"


def verdicts(parser: Parser, truths: Truths) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text, truth in truths.items():
        found.setdefault(verdict(parser, text, truth), []).append(text)
    return found


@pytest.fixture(scope="module")
def node() -> dict[str, Truths]:
    """What `Date.parse` says of every corpus, asked in one run of node."""
    if shutil.which("node") is None:
        pytest.skip("node is not on PATH, and its Date.parse is the reference")
    corpora = {
        "table": [*ISO_FORMS, *OTHER_FORMS, *INVALID, *ACCIDENTS],
        "well-formed": well_formed(24_000, seed=1),
        "mutated": mutated(24_000, seed=2),
    }
    script = """
        const corpora = JSON.parse(require("fs").readFileSync(0, "utf8"));
        for (const name in corpora) corpora[name] = corpora[name].map((text) => Date.parse(text));
        console.log(JSON.stringify(corpora));
    """
    answer = subprocess.run(
        ["node", "-e", script],
        input=json.dumps(corpora),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={**os.environ, "TZ": "UTC"},
    )
    instants = json.loads(answer.stdout)
    return {name: dict(zip(texts, instants[name], strict=True)) for name, texts in corpora.items()}


@pytest.mark.parametrize(("text", "instant"), [*ISO_FORMS.items(), *OTHER_FORMS.items()])
def test_every_form_of_the_table_is_its_instant(text: str, instant: int) -> None:
    assert jsdate.parse(text) == instant


@pytest.mark.parametrize("text", [*ISO_FORMS, *OTHER_FORMS, *INVALID, *ACCIDENTS])
def test_many_dates_at_once_mean_what_each_means_alone(text: str) -> None:
    for texts in ([text], [text, "2016-10-13T08:00:00.123Z"], ["2016-10-13T08:00:00Z", text]):
        try:
            times = isodate.parse_all(texts)
        except ValueError:
            continue  # none of the everyday forms
        assert times == [jsdate.parse(each) for each in texts]


@pytest.mark.parametrize("text", INVALID)
def test_what_javascript_calls_invalid_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not a date: "):
        jsdate.parse(text)


@pytest.mark.parametrize("text", ACCIDENTS)
def test_a_lone_number_is_not_a_date_though_node_thinks_so(text: str) -> None:
    with pytest.raises(ValueError, match="neither a month name, nor two numbers, nor a year"):
        jsdate.parse(text)


def test_a_refusal_names_the_text_and_the_reason() -> None:
    with pytest.raises(ValueError, match="13/10/2016") as refusal:
        jsdate.parse("13/10/2016")

    assert str(refusal.value) == "not a date: '13/10/2016', the month or day is out of range"


def test_gmt_plus_offset_keeps_its_sign() -> None:
    written_by_to_string = "Thu Oct 13 2016 08:00:00 GMT+0200 (Central European Summer Time)"

    instant = jsdate.parse(written_by_to_string)

    assert instant == jsdate.parse("2016-10-13T06:00:00Z")


def test_a_date_read_before_is_read_the_same_again() -> None:
    texts = [*ISO_FORMS, *OTHER_FORMS]

    first, second = [[jsdate.parse(text) for text in texts] for _ in range(2)]

    assert first == second


def test_the_table_is_what_node_says(node: dict[str, Truths]) -> None:
    promised = ISO_FORMS | OTHER_FORMS | dict.fromkeys(INVALID)

    said = {text: instant for text, instant in node["table"].items() if text not in ACCIDENTS}

    assert said == promised
    assert all(node["table"][text] is not None for text in ACCIDENTS)


def test_well_formed_dates_mean_the_same_instant_as_in_node(node: dict[str, Truths]) -> None:
    truths = node["well-formed"]

    found = verdicts(jsdate.parse, truths)

    assert len(truths) >= 20_000
    assert found == {"same instant": list(truths)}


def test_damaged_dates_are_never_a_wrong_instant(node: dict[str, Truths]) -> None:
    truths = node["mutated"]

    found = verdicts(jsdate.parse, truths)

    assert len(truths) >= 20_000
    assert set(found) == {"same instant", "both refuse", "refused on purpose"}, found
    assert min(len(texts) for texts in found.values()) >= 200


def test_the_strictness_refuses_all_it_names(node: dict[str, Truths]) -> None:
    named = [text for text in node["mutated"] if deliberately_refused(text)]

    accepted = [text for text in named if verdict(jsdate.parse, text, None) != "both refuse"]

    assert accepted == []


def flips_gmt(text: str) -> int:
    return jsdate.parse(re.sub(r"GMT([+-])", lambda gmt: "GMT" + "-+"[gmt[1] == "-"], text))


def rounds_up(text: str) -> int:
    return jsdate.parse(text) + bool(re.search(r"\.[0-9]{3}[5-9]", text))


def trims(text: str) -> int:
    return jsdate.parse(text.strip())


def wants_a_zone(text: str) -> int:
    if not re.search(r"[Zz]|T$|UT|[+-][0-9:]{4,5}", text):
        raise ValueError("no zone")
    return jsdate.parse(text)


@pytest.mark.parametrize(
    ("parser", "corpus", "mistake"),
    [
        (flips_gmt, "well-formed", "wrong instant"),
        (rounds_up, "well-formed", "wrong instant"),
        (wants_a_zone, "well-formed", "refused by mistake"),
        (trims, "mutated", "accepted by mistake"),
    ],
)
def test_the_comparison_catches_a_planted_bug(
    parser: Parser, corpus: str, mistake: str, node: dict[str, Truths]
) -> None:
    found = verdicts(parser, node[corpus])

    assert mistake in found


LONG = 400_000


@pytest.mark.parametrize(
    "text",
    [
        "2016-10-13T08:00:00.000Z" * 20_000,
        "2016-10-13T08:00:00." + "0" * LONG + "Z",
        "9" * LONG,
        "2016-10-13" + " " * LONG,
        "Oct 13 2016 " + "(" * LONG,
        "()" * LONG,
        "1:" * LONG,
        "a" * LONG,
        "\ud800",
        "2016-10-13T08:00:00\ud800",
        "Oct 13 2016 \udfff",
        "Oct 13 2016 \U0001f600",
        "\0",
        "2016-10-13\0",
        "2016-10-13T08:00:00Z\0",
        "2016\x0010-13T08:00:00Z",
        "٢٠١٦-١٠-١٣",
        "2016-10-1٣T08:00:00Z",
        "２０１６-１０-１３",
        "2016-10-13T08:00:0²Z",
        "Oct १३",
        "{}",
        "{0}",
        "%s",
        "2016-10-13T08:00:00{}",
        "2016-10-13T08:00:00Z\n",
    ],
    ids=lambda text: ascii(text)[:40],
)
def test_hostile_text_is_refused_in_few_printable_words(text: str) -> None:
    with pytest.raises(ValueError, match="not a date") as refusal:
        jsdate.parse(text)

    assert str(refusal.value).isprintable()
    assert len(str(refusal.value)) < 500


@pytest.mark.parametrize("word", ["２０１６", "٢٠١٦", "\ud800", "\U0001f600", "²"])
def test_digits_of_other_scripts_are_words_not_numbers(word: str) -> None:
    instant = jsdate.parse(f"{word} Oct 13")

    assert instant == jsdate.parse("Oct 13")


def test_length_is_bounded_where_only_comments_could_make_it_longer() -> None:
    longest = "Oct 13 2016 ".ljust(jsdate.MAX_LENGTH)

    instant = jsdate.parse(longest)

    assert instant == 1_476_316_800_000
    with pytest.raises(ValueError, match="more than 200 characters"):
        jsdate.parse(longest + " ")


@pytest.mark.parametrize(
    ("number", "instant"),
    [
        (1_476_345_600_000, 1_476_345_600_000),
        (1_476_345_600_000.9, 1_476_345_600_000),
        (-1.9, -1),
        (-0.5, 0),
        (0, 0),
        (2016, 2016),
        (8_640_000_000_000_000, 8_640_000_000_000_000),
        (-8.64e15, -8_640_000_000_000_000),
    ],
)
def test_a_number_is_milliseconds_cut_towards_zero(number: float, instant: int) -> None:
    read = jsdate.from_number(number)

    assert read == instant
    assert type(read) is int


@pytest.mark.parametrize(
    "number",
    [
        math.nan,
        math.inf,
        -math.inf,
        8_640_000_000_000_001,
        -8_640_000_000_000_001,
        10**400,
        True,
    ],
)
def test_a_number_beyond_javascript_dates_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match=r"within ±8\.64e15"):
        jsdate.from_number(number)
