"""The encoding of a file that is not UTF-8, told from its letters."""

import pytest

from waypost.cli.encodings import guessed

ROWS = "cId,name,action\nacme,{},Logged in\nacme,Bob,Logged in\n"


@pytest.mark.parametrize(
    ("name", "saved", "read"),
    [
        ("Jürgen Müller", "cp1252", "cp1252"),
        ("Café à la crème", "latin-1", "cp1252"),
        ("Привет мир, вход в систему", "cp1251", "cp1251"),
        ("株式会社アクメ", "shift_jis", "cp932"),
        ("Καλημέρα κόσμε, σύνδεση", "cp1253", "cp1253"),
    ],
)
def test_an_encoding_is_told_by_the_script_of_its_letters(name: str, saved: str, read: str) -> None:
    guess = guessed(ROWS.format(name).encode(saved))

    assert guess is not None
    assert guess.encoding == read
    assert guess.example in name.replace(",", " ").split()


@pytest.mark.parametrize("saved", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_tells_its_encoding_is_not_guessed(saved: str) -> None:
    assert guessed(ROWS.format("Müller").encode(saved)) is None


def test_a_letter_that_the_first_part_cuts_in_two_is_no_other_encoding() -> None:
    assert guessed(ROWS.format("Müller").encode()[:23]) is None


def test_one_broken_letter_among_whole_ones_is_no_other_encoding() -> None:
    names = ROWS.format("Müller").encode() + b"acme,M\xfcller,x\n" + "acme,Größe,x\n".encode()

    assert guessed(names) is None
