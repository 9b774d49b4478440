"""Properties that are no columns in the files of some days: there the events tell them."""

from collections.abc import Callable, Iterable, Iterator, Set

import msgspec

from waypost.lake.months import File, span
from waypost.lake.plans import Columns
from waypost.lake.tables import PROPERTY

# What rows of `props` are made of.
READ = ("time", "user_id", "company_id", "action", "weight", "count", "kind", "properties")


def keys(asked: Columns) -> list[str]:
    """The properties that are asked for as columns."""
    return [name.removeprefix(PROPERTY) for name in asked or () if name.startswith(PROPERTY)]


def days(props: Iterable[File], asked: Set[str]) -> set[str]:
    """The days of which a file lacks one of the asked properties as a column."""
    lacking = [file for file in props if not asked <= set(file.keys)]
    return {day for file in lacking for day in span(file.first, file.last) if day not in file.but}


def confined(files: Iterable[File], wanted: Callable[[str], bool]) -> Iterator[File]:
    """The files with no other days than those wanted; without those that have none."""
    for file in files:
        spanned = list(span(file.first, file.last))
        but = tuple(day for day in spanned if day in file.but or not wanted(day))
        if len(but) < len(spanned):
            yield msgspec.structs.replace(file, but=but)
