"""The files that came in, as a table."""

from typing import Any

from waypost.cli import batches

ID = f"{1_795_176_000_000:015d}-{'a' * 32}"


def batch(**fields: Any) -> dict[str, Any]:
    counts = {"received": 90_389, "matched": 60_000, "stored": 59_000, "rejected": 2}
    others = {"duplicate": 998, "created": 1_795_176_000_000}
    return {"id": ID, "kind": "upload", "status": "matching", **counts, **others, **fields}


def test_a_table_of_batches_has_the_id_that_the_command_takes() -> None:
    text = batches.as_text([batch(), batch(status="failed", name="march/week 1.csv")])

    heads, first, second = (line.split("  ") for line in text.splitlines())
    assert heads[0] == "batch"
    assert (first[0], second[0]) == (ID, ID)
    assert first[1:3] == ["2026-11-20T12:00:00.000Z", "matching"]
    assert first[-1] == "upload"
    assert second[-1] == "march/week 1.csv"
    assert {"90,389", "60,000", "59,000"} <= {cell.strip() for cell in first}


def test_names_of_files_cannot_move_the_cursor() -> None:
    assert "\x1b" not in batches.as_text([batch(name="\x1b[2J.csv")])
