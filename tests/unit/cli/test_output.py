"""What the command line prints: words and tables that no name can break."""

import io

import pytest

from waypost.cli import output


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Zoë 田中", "Zoë 田中"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("two\nlines", "two\\nlines"),
        ("back\u202ewards", "back\\u202ewards"),
        ("half \ud83d", "half \\ud83d"),
    ],
)
def test_a_name_cannot_move_the_cursor(text: str, shown: str) -> None:
    assert output.printable(text) == shown


def test_a_table_puts_numbers_to_the_right_and_text_to_the_left() -> None:
    rows = [["Logged in", 1234567], ["田中", 5], ["total", 0.5]]

    text = output.table(["action", "events"], rows)

    assert text.splitlines() == [
        "action        events",
        "Logged in  1,234,567",
        "田中               5",
        "total            0.5",
    ]


def test_a_table_without_rows_is_its_header() -> None:
    assert output.table(["at", "users"], []) == "at  users"


def test_one_is_one_row_and_thousands_are_set_apart() -> None:
    assert [output.many(1, "row"), output.many(1000, "row")] == ["1 row", "1,000 rows"]


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_bars_and_colour_need_a_terminal_and_no_objection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)

    in_pipe, on_terminal = output.colourful(io.StringIO()), output.colourful(_Terminal())
    monkeypatch.setenv("NO_COLOR", "1")

    assert (in_pipe, on_terminal, output.colourful(_Terminal())) == (False, True, False)
