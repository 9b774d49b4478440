"""SQL of the head tables of a tenant: users, accounts, who, alias."""

from tests.benchmarks.shapes import Shape
from waypost import times

_USER = """user_id AS id, {created} + n AS created, 3 AS version, 'x' || n AS external_id,
    'user' || n || '@mail.example' AS email,
    'anonymous-' || n AS anonymous_id, 'Person ' || n AS name, account AS account_id,
    CASE WHEN account IS NULL THEN -1 ELSE {created} + n END AS account_at,
    CASE WHEN account IS NULL THEN '' ELSE 'company' END AS reason,
    CASE WHEN account IS NULL THEN 0.0 ELSE 1.0 END AS confidence,
    NULL::VARCHAR AS suggestion, NULL::VARCHAR AS possible_duplicate, n % 2 = 0 AS verified,
    CASE WHEN person <> user_id THEN person END AS merged_into,
    ('{{"plan":"pro","seats":' || n % 40 || '}}')::JSON AS traits,
    ('{{"plan":' || {created} + n || ',"seats":' || {created} + n || '}}')::JSON AS traits_at"""
_ACCOUNT = """account AS id, {created} + n AS created, 2 AS version, 'Company ' || n AS name,
    ('{{"industry":"i' || n % 12 || '"}}')::JSON AS traits,
    ('{{"industry":' || {created} + n || '}}')::JSON AS traits_at"""
_COLUMNS = {
    "users": _USER,
    "accounts": _ACCOUNT,
    "who": """user_id, person, account, CASE WHEN person <> user_id THEN person END AS merged_into,
        account AS account_id, {created} + n AS created, 3 AS version""",
    "alias": "account AS company_id, account, {created} + n AS created, 2 AS version",
}
_MADE_OF = {"users": "identities", "accounts": "orgs", "who": "identities", "alias": "orgs"}


def select(table: str, shape: Shape, made_of: str = "", kind: str = "") -> str:
    """SQL of a head table over the tables of `tenant.prepare`, or over `made_of`.

    With `kind` the rows are those of a landed change.
    """
    created = times.start_of_day(shape.first.isoformat())
    columns = _COLUMNS[table].format(created=created)
    first = f"'{kind}' AS kind, " if kind else ""
    source = f"({made_of})" if made_of else _MADE_OF[table]
    return f"SELECT {first}{columns} FROM {source}"
