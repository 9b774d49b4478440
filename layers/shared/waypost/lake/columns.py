"""
The columns of the lake, derived from the fields of `Landed`.

A field that is added to an event gets its column here, and with it its place in the landing
objects, the Parquet files and what is read back. The Glue table in template.yaml says the same
once more, and a test holds the two together.
"""

from types import NoneType, UnionType
from typing import Any, get_args, get_origin

from msgspec import NODEFAULT
from msgspec.structs import FieldInfo, fields

from waypost.event import Verdict
from waypost.lake.records import Landed

# Words between a door and `match`: nothing of them lands.
_ON_THE_WAY = frozenset({"key", "own_time", "verified"})
# Words between `match` and the fold: a Parquet file holds events of one verdict.
_JUDGED = frozenset({"verdict", "code", "overwrites"})
# A digest only tells two bodies apart; no answer shows it.
_NOT_READ = frozenset({"at", "digest"})

_SQL = {
    str: "VARCHAR",
    Verdict: "VARCHAR",
    int: "BIGINT",
    float: "DOUBLE",
    bool: "BOOLEAN",
    dict: "JSON",
}
_SMALL = frozenset({"n", "count"})  # under 2^31, by the bounds of intake


def _type(field: FieldInfo) -> str:
    """The DuckDB type of a field; `str | None` is a column like `str`: any may be empty."""
    kinds = get_args(field.type) if isinstance(field.type, UnionType) else (field.type,)
    (kind,) = (get_origin(kind) or kind for kind in kinds if kind is not NoneType)
    return "INTEGER" if field.name in _SMALL else _SQL[kind]


_FIELDS = [field for field in fields(Landed) if field.name not in _ON_THE_WAY]

# What a line of a landing object may hold: name → DuckDB type.
LANDED = {field.name: _type(field) for field in _FIELDS}

# What a line leaves out means its default, as `omit_defaults` wrote it. Texts without one are
# NULL, and a record without an id is a reject.
DEFAULTS: dict[str, Any] = {
    field.name: field.default
    for field in _FIELDS
    if field.default is not NODEFAULT and isinstance(field.default, int | float)
}

# What a Parquet file holds: name → DuckDB type. `at` is `time` for people; properties are text.
PARQUET = {
    name: "VARCHAR" if kind == "JSON" else kind
    for name, kind in LANDED.items()
    if name not in _JUDGED
} | {"at": "TIMESTAMP"}

# What the reader asks a Parquet file for.
READ = [name for name in PARQUET if name not in _NOT_READ]
