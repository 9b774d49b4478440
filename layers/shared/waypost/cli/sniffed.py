"""What DuckDB's sniffer makes of the first lines of a CSV: whether they name columns, and types."""

import tempfile
from dataclasses import dataclass

_MOMENTS = ("DATE", "TIMESTAMP")


@dataclass(frozen=True, slots=True)
class Sniff:
    """Whether the first line is a header, and DuckDB's type of each column."""

    has_header: bool
    types: list[str]

    def moments(self) -> list[int]:
        """The places of the columns, from 0, that hold dates in every row."""
        return [n for n, type in enumerate(self.types) if type.startswith(_MOMENTS)]


def sniffed(head: str, delimiter: str) -> Sniff | None:
    """What whole lines of a file say; None where DuckDB finds no table in them."""
    import duckdb

    # The sniffer reads files only, and there is no need for it to write any.
    with tempfile.NamedTemporaryFile(
        "w", suffix=".csv", encoding="utf-8", errors="replace"
    ) as file:
        file.write(head)
        file.flush()
        try:
            with duckdb.connect(config={"threads": 1}) as connection:
                row = connection.execute(
                    "SELECT HasHeader, [c.type FOR c IN Columns] "
                    "FROM sniff_csv(?, delim = ?, ignore_errors = true)",
                    [file.name, delimiter],
                ).fetchone()
        except duckdb.Error:
            return None
    return None if row is None else Sniff(bool(row[0]), list(row[1]))
