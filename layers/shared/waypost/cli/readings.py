"""How a file is to be read, as the options of `waypost load` and a mapping.json say it."""

import shlex
from pathlib import Path

import msgspec

from waypost.cli.output import USAGE, Failure
from waypost.errors import Malformed
from waypost.sources.formats import reading
from waypost.sources.formats.reading import NO_READING, Reading

_SPELLED = {"tab": "\t", "\\t": "\t"}


def asked(mapping: Path | None, columns: list[str], **said: object) -> Reading:
    """The reading that was asked for; what an option says wins over the same in the file.

    `columns` are pairs as in `Company=companyExternalId`; what is `said` as None is not said.
    Raises `Failure` for what no reading takes.
    """
    try:
        base = _of_file(mapping) if mapping else NO_READING
        members = {name: value for name, value in said.items() if value is not None}
        if "delimiter" in members:
            members["delimiter"] = _SPELLED.get(str(said["delimiter"]), said["delimiter"])
        pairs = base.columns | dict(map(_pair, columns))
        return reading.of_value(told(base) | members | ({"columns": pairs} if pairs else {}))
    except Malformed as error:
        raise Failure(error.message, USAGE) from error


def told(known: Reading) -> dict[str, object]:
    """A reading as a mapping.json tells it; what it does not say is left out."""
    members: dict[str, object] = msgspec.to_builtins(known)
    return members


def options(known: Reading) -> str:
    """The options that read the refused rows of a file as the file was read.

    They stand in a file of UTF-8 below a header of their own.
    """
    names = {name: _named(name, known) for name in known.columns}
    words: list[tuple[str, str | None]] = [
        *(("map", f"{names[name]}={field or ''}") for name, field in known.columns.items()),
        ("date-order", known.date_order),
        ("decimal", known.decimal),
        ("delimiter", known.delimiter),
    ]
    return "".join(f" --{name} {shlex.quote(value)}" for name, value in words if value)


def _named(column: str, known: Reading) -> str:
    """A column by the name that it gets in a header, where the file has none."""
    return f"column_{column}" if known.header is False and column.isdecimal() else column


def _of_file(mapping: Path) -> Reading:
    try:
        return reading.of_json(mapping.read_bytes())
    except OSError as error:
        raise Failure(f"{mapping}: {error.strerror}", USAGE) from error


def _pair(text: str) -> tuple[str, str | None]:
    column, equals, field = text.rpartition("=")
    if not equals or not column:
        raise Failure(f'--map "{text}": write it as in --map Company=companyExternalId', USAGE)
    return column.strip(), field.strip() or None
