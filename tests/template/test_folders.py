"""The tree is the architecture: one folder, one function, one short file, one sample event."""

import json
from hashlib import md5

import pytest

from tests.template.stack import EVENTS, FUNCTIONS, verbs

MOST_LINES = 58


@pytest.mark.parametrize("verb", verbs())
def test_a_function_is_one_short_file(verb: str) -> None:
    files = sorted(path.name for path in (FUNCTIONS / verb).rglob("*.py"))

    assert files == ["handler.py"]
    assert len((FUNCTIONS / verb / "handler.py").read_text().splitlines()) <= MOST_LINES


@pytest.mark.parametrize("verb", verbs())
def test_a_function_has_a_sample_event(verb: str) -> None:
    event = json.loads((EVENTS / f"{verb}.json").read_text())

    assert isinstance(event, dict)


def test_every_sample_event_belongs_to_a_function() -> None:
    assert {path.stem for path in EVENTS.glob("*.json")} == set(verbs())


def test_the_sample_of_load_tells_of_the_file_beside_it() -> None:
    record = json.loads((EVENTS / "load.json").read_text())["Records"][0]
    announced = json.loads(record["body"])["detail"]["object"]

    data = (EVENTS / announced["key"].rsplit("/", 1)[-1]).read_bytes()

    assert announced["size"] == len(data)
    assert announced["etag"] == md5(data, usedforsecurity=False).hexdigest()
