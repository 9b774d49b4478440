"""Links of a Markdown file to other files of the repository and to their headings."""

import re
from collections.abc import Iterator
from pathlib import Path

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def broken(file: Path) -> list[str]:
    """The links of a file that lead nowhere; what is on other hosts is not looked at."""
    return [link for link in _links(file) if not _leads_somewhere(file, link)]


def _links(file: Path) -> Iterator[str]:
    for link in _LINK.findall(_FENCED.sub("", file.read_text())):
        if "://" not in link:
            yield link


def _leads_somewhere(file: Path, link: str) -> bool:
    place, _, heading = link.partition("#")
    target = (file.parent / place).resolve() if place else file
    if not target.exists():
        return False
    page = target / "README.md" if target.is_dir() else target
    return not heading or heading in _anchors(page)


def _anchors(file: Path) -> set[str]:
    """The headings as GitHub names them."""
    titles = _HEADING.findall(_FENCED.sub("", file.read_text()))
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}
