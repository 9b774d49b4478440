"""Dates are read exactly as Node reads them with TZ=UTC, or refused for a documented reason."""

import json
import math
import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable

import pytest

from waymark import jsdate

Parser = Callable[[str], int]
Truths = dict[str, int | None]

ISO_FORMS = {
    "2016": 1_451_606_400_000,
    "2016-10": 1_475_280_000_000,
    "2016-10-13": 1_476_316_800_000,
    "+002016-10-13": 1_476_316_800_000,
    "-000001-01-01": -62_198_755_200_000,
    "+275760-09-13": 8_640_000_000_000_000,
    "-271821-04-20": -8_640_000_000_000_000,
    "0000": -62_167_219_200_000,
    "0099-12-31": -59_011_545_600_000,
    "2016-10-13T08:00": 1_476_345_600_000,
    "2016-10-13T08:00Z": 1_476_345_600_000,
    "2016-10-13T08:00:00": 1_476_345_600_000,
    "2016-10-13T08:00:00Z": 1_476_345_600_000,
    "2016-10-13t08:00:00z": 1_476_345_600_000,
    "2016-10T08:00Z": 1_475_308_800_000,
    "2016T08:00Z": 1_451_635_200_000,
    "+002016-10-13T08:00:00.000Z": 1_476_345_600_000,
    "2016-10-13T08:00:00.1Z": 1_476_345_600_100,
    "2016-10-13T08:00:00.12Z": 1_476_345_600_120,
    "2016-10-13T08:00:00.123Z": 1_476_345_600_123,
    "2016-10-13T08:00:00.123999999999Z": 1_476_345_600_123,
    "1969-12-31T23:59:59.999999Z": -1,
    "2016-10-13T08:00:00+02:00": 1_476_338_400_000,
    "2016-10-13T08:00:00-0800": 1_476_374_400_000,
    "2016-10-13T08:00:00.5+05:30": 1_476_325_800_500,
    "2016-10-13T08:00+23:59": 1_476_259_260_000,
    "2016-10-13T24:00:00Z": 1_476_403_200_000,
    "2016-10-13T24:00": 1_476_403_200_000,
    "2016-02-30": 1_456_790_400_000,
    "2016-04-31T08:00:00Z": 1_462_089_600_000,
    "2015-02-29": 1_425_168_000_000,
    "+275760-09-13T00:00:00.000Z": 8_640_000_000_000_000,
}

OTHER_FORMS = {
    "2016-10-13 08:00:00": 1_476_345_600_000,
    "2016-10-13 08:00": 1_476_345_600_000,
    "2016-10-13 08:00:00.123": 1_476_345_600_123,
    "2016-10-13 08:00:00Z": 1_476_345_600_000,
    "2016-10-13 08:00:00 +0200": 1_476_338_400_000,
    "2016-10-13 08:00:00+02": 1_476_338_400_000,
    "0005-10-13 08:00:00": 1_368_172_800_000,
    "2016-1-3": 1_451_779_200_000,
    "2016/10/13": 1_476_316_800_000,
    "2016/10/13 08:00:00": 1_476_345_600_000,
    "2016.10.13": 1_476_316_800_000,
    "10/13/2016": 1_476_316_800_000,
    "10/13/16": 1_476_316_800_000,
    "10/13/70": 24_624_000_000,
    "1/2/2016": 1_451_692_800_000,
    "10/13/2016, 8:00:00 AM": 1_476_345_600_000,
    "10/13/2016, 8:00:00 PM": 1_476_388_800_000,
    "10/13/2016 12:00 AM": 1_476_316_800_000,
    "10/13/2016 12:00 PM": 1_476_360_000_000,
    "13-Oct-2016": 1_476_316_800_000,
    "13-Oct-69": -6_912_000_000,
    "13-oct-49": 2_517_696_000_000,
    "Oct 13, 2016": 1_476_316_800_000,
    "oct 13": 1_002_931_200_000,
    "October 2016": 1_475_280_000_000,
    "Octopus 13 2016": 1_476_316_800_000,
    "October 13, 2016 8:00 PM UTC": 1_476_388_800_000,
    "13 October 2016 08:00 EST": 1_476_363_600_000,
    "Thu Oct 13 2016": 1_476_316_800_000,
    "Sun Oct 13 2016": 1_476_316_800_000,
    "Thu Oct 13 2016 08:00:00 GMT+0200 (CEST)": 1_476_338_400_000,
    "Thu Oct 13 2016 08:00:00 GMT+0200 (Central European Summer Time)": 1_476_338_400_000,
    "Thu Oct 13 2016 08:00:00 GMT-0800 (Pacific (Standard) Time)": 1_476_374_400_000,
    "Thu, 13 Oct 2016 08:00:00 GMT": 1_476_345_600_000,
    "Thu, 13 Oct 2016 08:00:00 +0200": 1_476_338_400_000,
    "Thu, 13 Oct 2016 08:00:00 UT": 1_476_345_600_000,
    "Thu, 13 Oct 2016 08:00:00 Z": 1_476_345_600_000,
    "Thu, 13 Oct 2016 08:00:00 EDT": 1_476_360_000_000,
    "Thu, 13 Oct 2016 08:00:00 EST": 1_476_363_600_000,
    "Thu, 13 Oct 2016 08:00:00 CDT": 1_476_363_600_000,
    "Thu, 13 Oct 2016 08:00:00 CST": 1_476_367_200_000,
    "Thu, 13 Oct 2016 08:00:00 MDT": 1_476_367_200_000,
    "Thu, 13 Oct 2016 08:00:00 MST": 1_476_370_800_000,
    "Thu, 13 Oct 2016 08:00:00 PDT": 1_476_370_800_000,
    "Thu, 13 Oct 2016 08:00:00 PST": 1_476_374_400_000,
    "Thu, 13 Oct 2016 08:00:00 GMT+02:30": 1_476_336_600_000,
    "Thu Oct 13 08:00:00 2016": 1_476_345_600_000,
    "Oct 13 2016 24:00": 1_476_403_200_000,
    "Oct 13 2016 08:00:60": 1_476_345_600_000,
    "2016-10-13 (a comment) 08:00": 1_476_345_600_000,
    "  2016-10-13  ": 1_476_316_800_000,
    "12345-06-07": 327_416_947_200_000,
    "10/13/2016, 8:00:00\u202fAM": 1_476_345_600_000,
    "08:00 Oct 13 2016": 1_476_345_600_000,
    "Feb 30 2016": 1_456_790_400_000,
    "the 100": -59_011_459_200_000,
    "Jan 1 1970": 0,
}

INVALID = [
    "",
    "   ",
    "hello",
    "today",
    "now",
    "13th",
    "-000000",
    "-000000-01-01T00:00:00Z",
    "2016-13-01",
    "2016-00-10",
    "2016-10-32",
    "2016-10-00",
    "2016-10-13T",
    "2016-10-13T08",
    "2016-10-13T8:00:00Z",
    "2016-10-13T08:00:00 Z",
    "2016-10-13T08:00:00Z ",
    " 2016-10-13T08:00:00Z",
    "2016-10-13T08:00:00 UTC",
    "2016-10-13T08:00:00,123Z",
    "2016-10-13T08:00:00.Z",
    "2016-10-13T08:00:00+02",
    "2016-10-13T08:00:00+24:00",
    "2016-10-13T08:00:00+02:60",
    "2016-10-13T08:00:60Z",
    "2016-10-13T08:60Z",
    "2016-10-13T24:00:01Z",
    "2016-10-13T24:00:00.001Z",
    "2016-10-13T25:00Z",
    "2016-10-13 08",
    "2016-10-13 25:00",
    "2016-W41-4",
    "2016-287",
    "20161013",
    "20161013T080000Z",
    "1476345600000",
    "13/10/2016",
    "10/32/2016",
    "12:00",
    "8:00 PM",
    "Oct",
    "October 13, 2016 13:00 PM",
    "Thu, 13 Oct 2016 08:00:00 CEST",
    "Thu, 13 Oct 2016 08:00:00 Europe/Paris",
    "Oct 13th, 2016",
    "Oct 13 2016 at 08:00",
    "2016年10月13日",
    "+275760-09-13T00:00:00.001Z",
    "-271821-04-19T23:59:59.999Z",
    "+999999-01-01",
    "1/2/3/4",
    "Oct 13 2016 08:00 GMT+12345",
    "Oct 13 2016 08:00)",
]

# Node reads these as years and months nobody meant.
ACCIDENTS = ["hello 5", "1", "0", "5", "32", "99", "12345", "room 7", "5 (2016)"]

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
WELL_FORMED = [
    "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z",
    "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction}Z",
    "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction}{offset}",
    "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}{offset}",
    "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}",
    "{year:04}-{month:02}-{day:02}t24:00:00.000z",
    "{sign}{long_year:06}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction}Z",
    "{sign}{long_year:06}-{month:02}-{day:02}",
    "{year:04}-{month:02}-{day:02}",
    "{year:04}-{month:02}",
    "{year:04}",
    "{late_year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}",
    "{late_year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{fraction} {offset}",
    "{late_year}-{month}-{day}",
    "{late_year}/{month:02}/{day:02} {hour:02}:{minute:02}",
    "{late_year}.{month:02}.{day:02}",
    "{month}/{day}/{late_year}, {hour12}:{minute:02}:{second:02} {half}",
    "{month}/{day}/{late_year}, {hour12}:{minute:02}:{second:02}\u202f{half}",
    "{month}/{day}/{short_year:02}",
    "{day}-{name}-{short_year:02}",
    "{day:02}-{name}-{late_year}",
    "{name} {day}, {late_year}",
    "{name} {day}",
    "{weekday}, {day:02} {name} {late_year} {hour:02}:{minute:02}:{second:02} {zone}",
    "{weekday} {name} {day:02} {late_year} {hour:02}:{minute:02}:{second:02} GMT{offset} (CEST)",
    "{weekday} {name} {day:2} {hour:02}:{minute:02}:{second:02} {late_year}",
    "{full_name} {day}, {late_year} {hour12}:{minute:02} {half} {zone}",
]
SOUP = [
    "2016",
    "16",
    "13",
    "10",
    "1",
    "0",
    "00",
    "32",
    "99",
    "100",
    "999",
    "12345",
    "000000",
    "-000000",
    "+002016",
    "0000000016",
    "1234567890",
    ":",
    ":",
    "::",
    "-",
    "-",
    "+",
    ".",
    ",",
    "/",
    " ",
    " ",
    " ",
    "\t",
    "\xa0",
    "\u202f",
    "\u2028",
    "(",
    ")",
    "(x)",
    "((a)b)",
    "T",
    "Z",
    "UT",
    "GMT",
    "EST",
    "pdt",
    "CEST",
    "AM",
    "pm",
    "Oct",
    "MARCH",
    "Thu",
    "hello",
    "[",
    "~",
    "é",
    "٣",
    "\ud800",
    "\U0001f600",
    "\0",
    "08:00",
    "08:00:00.123",
    "24:00:00",
    "GMT+0200",
    "+02:00",
    "-0800",
    "+999999999:",
    "2016-10-",
]


def well_formed(count: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    return [chance.choice(WELL_FORMED).format(**_fields(chance)) for _ in range(count)]


ZONES = [
    *["GMT", "UTC", "UT", "Z", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT"],
    "+0200",
    "-08:00",
]


def _fields(chance: random.Random) -> dict[str, object]:
    month = chance.choice(MONTHS)
    return {
        "year": chance.choice([chance.randint(0, 9999), chance.randint(1960, 2040)]),
        "late_year": chance.choice([chance.randint(1000, 9999), chance.randint(1960, 2040)]),
        "long_year": chance.randint(1, 271_000),
        "sign": chance.choice("+-"),
        "short_year": chance.randint(0, 99),
        "month": chance.randint(1, 12),
        "day": chance.randint(1, 31),
        "hour": chance.randint(0, 23),
        "hour12": chance.randint(1, 12),
        "half": chance.choice(["AM", "PM", "am"]),
        "minute": chance.randint(0, 59),
        "second": chance.randint(0, 59),
        "fraction": "".join(chance.choices("0123456789", k=chance.choice([1, 2, 3, 3, 6, 9, 12]))),
        "offset": chance.choice("+-")
        + f"{chance.randint(0, 23):02}"
        + chance.choice(["", ":"])
        + f"{chance.randint(0, 59):02}",
        "zone": chance.choice(ZONES),
        "full_name": month,
        "name": chance.choice([month[:3], month[:3].upper(), month.lower()]),
        "weekday": chance.choice(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]),
    }


def mutated(count: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    damaged = [_damaged(text, chance) for text in well_formed(count // 2, seed + 1)]
    soups = ["".join(chance.choices(SOUP, k=chance.randint(1, 9))) for _ in damaged]
    return damaged + soups


def _damaged(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 3)):
        start = chance.randrange(len(text) + 1)
        end = start + chance.choice([0, 0, 1, 1, 4])
        filling = chance.choice(["", chance.choice(SOUP), text[start:end][::-1]])
        text = text[:start] + filling + text[end:]
    return text


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
