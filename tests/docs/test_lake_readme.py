"""The README of the lake names every table, and its SQL runs over them."""

import re

import duckdb

from tests.conftest import ROOT
from waypost.lake import tables

README = (ROOT / "layers" / "shared" / "waypost" / "lake" / "README.md").read_text()


def test_every_table_of_the_lake_is_described() -> None:
    section = README.partition("## Tables")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]

    described = [name for row in rows for name in re.findall(r"`(\w+)`", row)]

    assert sorted(described) == sorted(tables.TABLES)


def test_its_sql_counts_everybody_for_the_account_that_they_have_now() -> None:
    (query,) = re.findall(r"```sql\n(.*?)```", README, re.DOTALL)
    db = duckdb.connect()
    for name in tables.TABLES:
        tables.create(db, name)
    for user, company in (("u1", None), ("u2", "gone"), ("u1", "globex"), ("u3", None)):
        insert = "INSERT INTO activity BY NAME SELECT ? AS user_id, ? AS company_id, 1 AS events"
        db.execute(insert, [user, company])
    db.execute("INSERT INTO who VALUES ('u1', 'u1', 'acme'), ('u2', 'u1', 'acme')")
    db.execute("INSERT INTO alias VALUES ('globex', 'globex'), ('acme', 'acme')")

    answer = dict(db.execute(query).fetchall())

    assert answer == {"acme": 2, "globex": 1, "(no account)": 1}
