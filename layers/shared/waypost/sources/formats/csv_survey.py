"""Survey: what only all of a file can say of how its rows are read, in one pass."""

from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct

from waypost.event import Reject, Verdict
from waypost.sources.formats import decimals
from waypost.sources.formats.csv_stretches import Stretch
from waypost.sources.formats.date_order import DateOrders
from waypost.sources.formats.reading import Reading
from waypost.sources.planhat_csv import NUMBERS, Table

CP1252 = "cp1252"
AS_CP1252 = (
    "the file is not UTF-8 and was read as cp1252, which Excel writes in Western Europe; "
    'tell another one as "encoding": "cp1250"'
)
_SHOWN = 3
_REMEDIES = {
    "date_order": 'tell it as "dateOrder": "dmy" (day first) or "mdy" (month first)',
    "decimal": 'tell it as "decimal": "," (1.000 is a thousand) or "decimal": "." (it is one)',
}


class Question(Struct):
    """What has to be told before a file can be read."""

    code: str
    column: str
    examples: list[str]
    remedy: str

    @property
    def message(self) -> str:
        shown = ", ".join(f'"{example}"' for example in self.examples)
        return f'column "{self.column}" can be read in two ways ({shown}); {self.remedy}'


class Survey(Struct):
    """The reading with what was found, or the question that is left."""

    reading: Reading
    question: Question | None = None


def encoding(blocks: Iterable[list[str]]) -> str | None:
    """cp1252 where more lines are not UTF-8 than are and need to be; else UTF-8. None where no
    line asks.
    """
    broken = whole = 0
    for lines in blocks:
        if "".join(lines).isascii():
            continue
        verdicts = [is_broken(line) for line in lines if not line.isascii()]
        broken += sum(verdicts)
        whole += len(verdicts) - sum(verdicts)
    if not broken:
        return None
    return CP1252 if broken > whole else "utf-8"


def with_encoding(reading: Reading, encoding: str | None) -> Reading:
    """The reading with what a file was found to be written in."""
    return msgspec.structs.replace(reading, encoding=encoding)


def is_broken(line: str) -> bool:
    """Whether a text holds a byte that was none of its encoding."""
    try:
        line.encode()
    except UnicodeEncodeError:
        return True
    return False


def values(stretches: Iterator[Stretch], table: Table, reading: Reading) -> Survey:
    """The order of dates and the decimal mark, of all values of the columns that have them."""
    orders, marks = DateOrders(), _Marks(table)
    date = table.places.get("date")
    for stretch in stretches:
        if date is not None:
            orders.add(dict.fromkeys(stretch.column(date)))
        marks.add(stretch)
    order, names = reading.date_order, table.header.names
    if order is None and date is not None and orders.is_needed:
        order = orders.order()
        if order is None:
            return _asking(reading, "date_order", names[date], orders.clash() or orders.examples)
    mark = reading.decimal or marks.mark
    if mark is None and marks.either:
        return _asking(reading, "decimal", marks.column, marks.either)
    return Survey(msgspec.structs.replace(reading, date_order=order, decimal=mark))


class _Marks:
    """The decimal marks that the columns of numbers show, and what may have either."""

    def __init__(self, table: Table) -> None:
        self._places = [table.places[name] for name in NUMBERS if name in table.places]
        self._names = table.header.names
        self._shown: set[decimals.Mark] = set()
        self.either: list[str] = []
        self.column = ""

    @property
    def mark(self) -> decimals.Mark | None:
        return next(iter(self._shown)) if len(self._shown) == 1 else None

    def add(self, stretch: Stretch) -> None:
        for place in self._places:
            for cell in dict.fromkeys(stretch.column(place)):
                if not decimals.is_either(cell):
                    self._shown |= decimals.marks(cell)
                elif len(self.either) < _SHOWN and cell not in self.either:
                    self.either.append(cell)
                    self.column = self._names[place]


def notes(found: Reading, told: Reading) -> list[Reject]:
    """What the ledger tells of a file whose encoding nobody told, at its first row."""
    if found.encoding != CP1252 or told.encoding is not None:
        return []
    return [Reject(0, "cp1252_read", AS_CP1252, None, None, None, Verdict.NOTED)]


def _asking(reading: Reading, code: str, column: str, examples: list[str]) -> Survey:
    return Survey(reading, Question(code, column, examples, _REMEDIES[code]))
