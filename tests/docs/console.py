"""Console blocks of a Markdown file: commands and the output that the file promises."""

import re
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_MOVING = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?"), "<time>"),
    (re.compile(r"\b\d+(\.\d+)? ?s\b|(?<=seconds) +[\d.]+|[\d.]+(?= seconds)"), "<seconds>"),
    (re.compile(r"\b(?:u_)?[0-9a-f]{24,}\b"), "<hex>"),
    (re.compile(r"127\.0\.0\.1:\d+"), "<host>"),
    (re.compile(r"\b\d{15}-[0-9a-f<>]+"), "<run>"),
)


@dataclass(frozen=True)
class Command:
    """One `$ …` of a console block, and the lines below it."""

    text: str
    output: str


def blocks(file: Path) -> list[list[Command]]:
    """The commands of each console block of the file, in its order."""
    return [_commands(block) for block in _BLOCK.findall(file.read_text())]


def _commands(block: str) -> list[Command]:
    commands = []
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        size = 1 + next(n for n, line in enumerate(lines) if not line.endswith("\\"))
        commands.append(Command("\n".join(lines[:size]), "\n".join(lines[size:]).strip()))
    return commands


def settled(text: str) -> str:
    """The text with everything that differs from run to run replaced by its name."""
    for pattern, name in _MOVING:
        text = pattern.sub(name, text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
