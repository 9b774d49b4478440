"""The encoding of a file that is not UTF-8, told from what its letters would be."""

import codecs
import unicodedata
from dataclasses import dataclass

# Bytes above 127 tell nothing about Latin scripts apart: `ü` is the same byte in most of them.
ASSUMED = "cp1252"
_LOOKED_AT = 64 * 1024
_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Guess:
    """An encoding by its Python name, and a word of the file as it reads then."""

    encoding: str
    example: str


def guessed(head: bytes) -> Guess | None:
    """The encoding of a file by its first bytes; None where most of its letters are UTF-8.

    Scripts other than Latin are told apart (Cyrillic, Greek, Japanese…); what is left is read as
    cp1252, as Excel saves it in Western Europe and America.
    """
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return None
    # The last line may have been cut within a letter.
    lines = head[: head.rfind(b"\n") + 1 or None].splitlines()
    foreign = [line for line in lines if not line.isascii()]
    broken = [line for line in foreign if not _is_utf8(line)]
    # A few broken letters among many whole ones are no other encoding.
    if 2 * len(broken) <= len(foreign):
        return None
    sample = b"\n".join(broken)[:_LOOKED_AT]
    encoding = _by_script(sample) or ASSUMED
    return Guess(encoding, _example(sample.decode(encoding, "replace")))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _by_script(lines: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(lines).best()
    if best is None:
        return None
    letters = [letter for letter in str(best) if letter.isalpha() and not letter.isascii()]
    latin = sum(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)
    return best.encoding if 2 * latin < len(letters) else None


def _example(text: str) -> str:
    words = text.replace('"', " ").replace(";", " ").replace(",", " ").split()
    return next((word for word in words if not word.isascii()), "")[:_SHOWN]
