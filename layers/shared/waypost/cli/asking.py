"""What a file leaves open: asked of whoever sits at a terminal, told to everybody else."""

import itertools
import sys

import msgspec
import typer

from waypost.cli.output import USAGE, Failure, is_terminal, note
from waypost.cli.sniffed import sniffed
from waypost.cli.source import UNREADABLE, Source
from waypost.sources import planhat_header
from waypost.sources.formats import csv_header, csv_rows
from waypost.sources.formats.csv_survey import Question
from waypost.sources.formats.reading import Reading

_LOOKED_AT, _LONGEST = 200, 10_000
_WORDS = {
    "date_order": {"dmy": "day first", "mdy": "month first"},
    "decimal": {",": "1.000 is a thousand", ".": "1.000 is one"},
}


def answered(file: str, question: Question, reading: Reading) -> Reading:
    """The reading with the answer. Raises `Failure`, which names the option, without a terminal."""
    if not (is_terminal(sys.stdin) and is_terminal(sys.stderr)):
        raise Failure(f"{file}: {remedy(question.code, question.column, question.examples)}", USAGE)
    words = _WORDS[question.code]
    note(_open(question.column, question.examples))
    text = ", ".join(f"{answer} ({meaning})" for answer, meaning in words.items())
    answer = ""
    while answer not in words:
        answer = typer.prompt(text, err=True).strip()
    return msgspec.structs.replace(reading, **{question.code: answer})


def remedy(code: str, column: str, examples: list[str], command: str = "") -> str:
    """What is open, and what says it: `--date-order dmy (day first) or mdy (month first)`."""
    option = f"{command} --{code.replace('_', '-')}".strip()
    answers = " or ".join(f"{answer} ({meaning})" for answer, meaning in _WORDS[code].items())
    return f"{_open(column, examples)}; say which: {option} {answers}"


def _open(column: str, examples: list[str]) -> str:
    shown = ", ".join(f"“{example}”" for example in examples)
    return f"column {column} can be read in two ways: {shown}"


def columns_hint(source: Source) -> str:
    """The options that would read a file of which no column is known, as far as cells tell."""
    try:
        lines = [line[:_LONGEST] for line in itertools.islice(source.lines(), _LOOKED_AT)]
    except UNREADABLE:
        return ""
    separator = csv_header.delimiter(lines[0], planhat_header.known)
    sniff = sniffed("\n".join(lines), separator)
    cells = next(csv_rows.rows(lines[:1], separator)).cells
    if sniff is None or sniff.has_header:
        return f'; on this command line: --map "{cells[0].strip()}=FIELD"'
    fields = dict.fromkeys(sniff.moments()[:1], "date")
    fields |= dict.fromkeys([n for n, cell in enumerate(cells) if "@" in cell][:1], "email")
    maps = "".join(f" --map {n + 1}={field}" for n, field in sorted(fields.items()))
    return f"; on this command line: --no-header{maps or ' --map 1=FIELD'}"
