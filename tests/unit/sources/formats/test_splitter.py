"""The splitter: damaged items cost themselves, at the door as in a file, however a text is cut."""

import contextlib
import io
import itertools
import json
import random
import time
from collections.abc import Callable

import msgspec
import pytest
from msgspec import Raw

from tests import effort
from waypost.errors import WaypostError
from waypost.sources.formats import brackets, files, json_items, splitter
from waypost.sources.formats.files import Counted
from waypost.sources.formats.text_blocks import Blocks

BODIES = effort.times(40, 200, 10_000)
Items = list[bytes]
Damage = Callable[[random.Random, bytes], bytes]


def door(body: bytes) -> tuple[Items, bool]:
    """The items of a body at a door, and whether it was refused as a whole."""
    try:
        return [bytes(item) for item in json_items.items(body)], False
    except WaypostError:
        return [], True


def cut(body: bytes, block: int) -> tuple[Items, bool]:
    """The items of a text in blocks of one size, and whether it broke off."""
    blocks = (body[at : at + block] for at in range(0, len(body), block))
    items: Items = []
    try:
        items.extend(item for _, item in splitter.split(blocks, 1_000_000))
    except WaypostError:
        return items, True
    return items, False


def file(body: bytes) -> tuple[Items, bool]:
    """The items of a file, and whether it broke off."""
    head, rest = files.begun(iter(Blocks(Counted(io.BytesIO(body)))))
    items: Items = []
    try:
        text = itertools.chain([head.lstrip()], rest)
        items.extend(item for _, item in files.json_items(1, text))
    except WaypostError:
        return items, True
    return items, False


def check(body: bytes) -> Items:
    """The items of a body, once door and file agree on them."""
    whole, refused = door(body)
    expected = file(body)
    assert refused == expected[1], (body, whole, expected)
    assert refused or whole == expected[0], (body, whole, expected)
    for block in (1, 2, 3, 7, 50):
        assert cut(body, block) == expected, (body, block)
    return whole


# What builds JSON by hand gets wrong in one item.


def _in_text(chance: random.Random, item: bytes, damage: bytes) -> bytes:
    """The item with something written into one of its texts."""
    at = item.index(b"text", chance.choice([0, item.rindex(b"text")]))
    return item[: at + 2] + damage + item[at + 2 :]


def _line_end_in_text(chance: random.Random, item: bytes) -> bytes:
    return _in_text(chance, item, chance.choice([b"\n", b"\r", b"\r\n", b"\t\n", b"\0\n"]))


def _quotes_in_text(chance: random.Random, item: bytes) -> bytes:
    return _in_text(chance, item, chance.choice([b'"', b' "hi" there', b'""', b'", ', b"\\"]))


def _words_in_a_text_never_closed(chance: random.Random, item: bytes) -> bytes:
    return _without_quote(chance, _in_text(chance, item, chance.choice([b"x", b":", b", "])))


def _without_quote(chance: random.Random, item: bytes) -> bytes:
    at = chance.choice([at for at, byte in enumerate(item) if byte == 0x22])
    return item[:at] + item[at + 1 :]


def _without_comma(_: random.Random, item: bytes) -> bytes:
    return item.replace(b",", b"", 1)


def _backslash_before_quote(_: random.Random, item: bytes) -> bytes:
    at = item.rindex(b'"')
    return item[:at] + b"\\" + item[at:]


def _bracket_too_many(chance: random.Random, item: bytes) -> bytes:
    return item + chance.choice([b"}", b"}}", b"]}"])


def _bracket_too_few(_: random.Random, item: bytes) -> bytes:
    return item[:-1]


def _stray_bracket(chance: random.Random, item: bytes) -> bytes:
    return item.replace(b":", b":" + chance.choice([b"]", b"[", b"{"]), 1)


def _stray_quote(chance: random.Random, item: bytes) -> bytes:
    return chance.choice([b'"' + item, item + b'"', item + b" x"])


def _nothing_left(chance: random.Random, _: bytes) -> bytes:
    return chance.choice([b"nonsense", b"{x", b'{"', b'{"id', b'{"id":"'])


DAMAGES: list[Damage] = [
    _line_end_in_text,
    _quotes_in_text,
    _words_in_a_text_never_closed,
    _without_quote,
    _without_comma,
    _backslash_before_quote,
    _bracket_too_many,
    _bracket_too_few,
    _stray_bracket,
    _stray_quote,
    _nothing_left,
]


def item(chance: random.Random, n: int, brackets: str) -> bytes:
    nested = [{"a": brackets}, {"b": [1, {}]}, [], "say \\ it", "text", None]
    fields = {"id": f"u{n}", "said": "a text", "info": {"tags": chance.choices(nested, k=2)}}
    if chance.random() < 0.5:
        fields["last"] = "text"
    return json.dumps(fields, separators=chance.choice([None, (",", ":")])).encode()


SHAPES: dict[str, Callable[[Items], bytes]] = {
    "array": lambda items: b"[%s]" % b",".join(items),
    "array of lines": lambda items: b"[\n%s\n]\n" % b",\n".join(items),
    "array of indented lines": lambda items: b"[\r\n  %s\r\n]" % b",\r\n  ".join(items),
    "lines": b"\n".join,
    "lines of a text file": lambda items: b"\r\n".join([*items, b""]),
}


def damaged(chance: random.Random, damages: list[Damage]) -> tuple[bytes, Items]:
    """A body with up to three damaged items, and the items beside them."""
    count = chance.randrange(3, 8)
    shape = chance.choice(sorted(SHAPES))
    # The first character of a text tells its shape, and a row of objects may not end in noise.
    places = range(count) if shape.startswith("array") else range(1, count - 1)
    hurt = set(chance.choices(places, k=chance.choice([1, 1, 3])))
    # A bracket in a text is one of the structure where the quotes around it are damaged.
    items = [item(chance, n, "..." if n in hurt else "}]{[,") for n in range(count)]
    good = [item for n, item in enumerate(items) if n not in hurt]
    for n in hurt:
        items[n] = chance.choice(damages)(chance, items[n])
    return SHAPES[shape](items), good


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_item_harms_no_neighbour_however_the_text_is_cut(damage: Damage) -> None:
    survive([damage])


def test_items_damaged_in_several_ways_harm_no_neighbour() -> None:
    survive(DAMAGES)


def survive(damages: list[Damage]) -> None:
    for n in range(BODIES):
        body, good = damaged(random.Random(n), damages)

        items = check(body)

        lost = [item for item in good if item not in items]
        assert not lost, (n, body, lost)
        assert len(items) >= len(good) + 1, (n, body)


def test_door_and_file_agree_on_bodies_that_are_broken_anyhow() -> None:
    texts = [
        SHAPES[shape]([item(random.Random(shape), n, "}]{[,") for n in range(3)])
        for shape in SHAPES
    ]
    for n in range(BODIES):
        chance = random.Random(n)
        body = chance.choice(texts)
        for _ in range(chance.choice([1, 1, 2, 5])):
            at, end = sorted(chance.choices(range(1, len(body)), k=2))
            shard = bytes(chance.choices(b'"\\{}[],: \r\na', k=chance.choice([1, 2, 5])))
            body = body[:at] + shard + body[chance.choice([at, at + 1, end]) :]

        check(body)


@pytest.mark.parametrize("end", ["\r", "\n"])
def test_a_raw_line_end_in_a_text_costs_its_own_item_alone(end: str) -> None:
    body = f'[{{"id":"u1","action":"a{end}b"}},{{"id":"u2"}},{{"id":"u3"}}]'

    assert check(body.encode())[1:] == [b'{"id":"u2"}', b'{"id":"u3"}']


@pytest.mark.parametrize(
    ("body", "first"),
    [
        ('{"id":"u1","action":"a\nb"}\n{"id":"u2"}\n{"id":"u3"}', 1),
        ('{"id":"u1","info":{"a":1}\n{"id":"u2"}\n{"id":"u3"}', 1),
        ('{"id":"u1","action":"a\nb"}\nnonsense\n{"id":"u2"}\n{"id":"u3"}', 2),
        ('{"id":"u1}\r{"id":"u2"}\r{"id":"u3"}', 1),
        ('{"id":"u1,\n "a":1}\n{"id":"u2"} {"id":"u3"}', 1),
        ('[{"id":"u1"}],{"id":"u2"},{"id":"u3"}]', 1),
        ('[{"id":"u1,\n  "a": 1\n},\n{"id":"u2"},\n{"id":"u3"}\n]', 1),
        ('[{"id":"u1"}\n{"id":"u2"}\n{"id":"u3"}]', 1),
        ('[{"id":"u1","info":"x\n},\n{"id":"u2"},\n{"id":"u3"}]', 1),
    ],
)
def test_the_item_behind_a_damaged_one_begins_where_it_does(body: str, first: int) -> None:
    assert check(body.encode())[first:] == [b'{"id":"u2"}', b'{"id":"u3"}']


def test_items_of_a_damaged_batch_are_told_apart_within_its_envelope() -> None:
    body = b'{"batch":[{"id":"u1","info":{"a":1},{"id":"u2\n},{"id":"u3"}],"sentAt":"x"}'

    (envelope,) = check(body)
    members = json_items.members(envelope)

    assert members["sentAt"] == b'"x"'
    assert check(members["batch"])[2:] == [b'{"id":"u3"}']


@pytest.mark.parametrize("between", [b"", b"\n", b" \r\n "])
@pytest.mark.parametrize("arrays", [[1, 1], [2, 0, 3], [0, 0], [0, 1, 1]])
def test_arrays_behind_one_another_are_all_read(arrays: list[int], between: bytes) -> None:
    number = itertools.count()
    wholes = [[{"id": str(next(number)), "info": [[1]]} for _ in range(size)] for size in arrays]
    body = between.join(map(msgspec.json.encode, wholes))

    items = check(body)

    assert [msgspec.json.decode(item)["id"] for item in items] == list(map(str, range(sum(arrays))))


def test_every_line_keeps_its_number() -> None:
    body = b'{"a":1}\r\n\r\n{"a":"x\ry"}\n{"a":2} {"a":3}\nnonsense\r\n{"a":"\r\n{"a":4}'

    lines = [line for line, _ in splitter.split([body], 1000, first_line=5)]

    assert lines == [5, 7, 8, 8, 9, 10, 11]


@pytest.mark.parametrize("comma", [",", " ,\n", "\r\n,"])
@pytest.mark.parametrize("colon", [":", ":\n", " \r: "])
@pytest.mark.parametrize("indent", [None, 0, 2])
def test_valid_json_is_never_guessed_at(comma: str, colon: str, indent: int | None) -> None:
    nested: object = {"a": [{"b": "},{"}, {"c": [[], {}]}], '"},\n{"': "\\"}
    for _ in range(100):
        nested = [{"deeper": nested}]
    items = [{"x": nested}, [{}, [{}]], "},{", {"y": {"z": {}}}, {}]
    body = json.dumps(items, separators=(comma, colon), indent=indent).encode()

    assert cut(body, 5)[0] == [bytes(raw) for raw in msgspec.json.decode(body, type=list[Raw])]


def _strings_end_with_their_line(text: brackets._Text, at: int) -> bytes | None:
    return text._skip(at)


def _a_block_is_all_there_is(text: brackets._Text, at: int) -> bytes | None:
    text.ended = True
    return _QUOTE(text, at)


_QUOTE = brackets._Text._quote


@pytest.mark.parametrize("planted", [_strings_end_with_their_line, _a_block_is_all_there_is])
def test_a_planted_bug_in_strings_is_found(
    monkeypatch: pytest.MonkeyPatch, planted: object
) -> None:
    monkeypatch.setitem(brackets._Text._STEPS, b'"', planted)

    with pytest.raises(AssertionError):
        survive(DAMAGES)


def test_a_planted_bug_in_brackets_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brackets._Text, "_begins_item", lambda *_: False)

    with pytest.raises(AssertionError):
        survive(DAMAGES)


@pytest.mark.parametrize(
    "noise",
    [
        b"[",
        b"{",
        b'"',
        b"}",
        b"]",
        b"[{,",
        b"[{,{",
        b"{}",
        b"{}\r",
        b'"\r',
        b'"{',
        b'{"a":"\n',
        b"{ ",
    ],
)
@pytest.mark.parametrize("start", [b"[", b"{", b'[{"', b'{"a":1}\n'])
def test_time_grows_with_the_length_of_noise_and_no_faster(start: bytes, noise: bytes) -> None:
    body = start + noise * (effort.times(30_000, 300_000, 300_000) // len(noise))
    began = time.process_time()

    with contextlib.suppress(WaypostError):
        json_items.items(body)

    assert time.process_time() - began < 3
