"""The views of SQL as Athena keeps them in Glue, made of the texts that DuckDB reads."""

import json

import sqlglot

from waypost.insights.sql_columns import described
from waypost.insights.sql_views import VIEWS

# What Presto and Hive call the types of DuckDB.
_PRESTO = {"VARCHAR": "varchar", "BIGINT": "bigint", "INTEGER": "integer", "DOUBLE": "double"}
_PRESTO |= {"BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "timestamp(3)"}
_HIVE = _PRESTO | {"VARCHAR": "string", "INTEGER": "int", "TIMESTAMP": "timestamp"}
# Stands in the template for the name of the database.
DATABASE = "${LakeDatabase}"


def text(view: str) -> str:
    """The query of a view in the dialect of Athena."""
    (query,) = sqlglot.transpile(VIEWS[view], read="duckdb", write="athena")
    return query


def original(view: str) -> str:
    """What Athena reads of a view, before it is Base64."""
    columns = [{"name": name, "type": _PRESTO[kind]} for name, kind in columns_of(view)]
    known = {"catalog": "awsdatacatalog", "schema": DATABASE, "columns": columns}
    return json.dumps({"originalSql": text(view), **known}, separators=(",", ":"))


def hive_columns(view: str) -> list[dict[str, str]]:
    return [{"Name": name, "Type": _HIVE[kind]} for name, kind in columns_of(view)]


def columns_of(view: str) -> list[tuple[str, str]]:
    return [(name, kind) for of, name, kind in described() if of == view]
