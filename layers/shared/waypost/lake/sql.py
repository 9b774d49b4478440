"""What SQL is made of: texts, names, files as relations, and a relation without rows."""

from collections.abc import Mapping
from pathlib import Path


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def named(name: str) -> str:
    """A name as SQL writes it, whatever stands in it."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def parquet(*paths: Path, options: str = "") -> str:
    """Local files as one relation."""
    files = ", ".join(quoted(str(path)) for path in paths)
    return f"read_parquet([{files}]{options})"


def nothing(columns: Mapping[str, str]) -> str:
    """The query of no rows, with columns of those types."""
    listed = ", ".join(f"NULL::{kind} AS {named(name)}" for name, kind in columns.items())
    return f"SELECT {listed} WHERE false"
