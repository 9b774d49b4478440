"""
The questions of the benchmarks: as the product asks them of its lake, and as bare SQL.

The bare SQL reads `events`, one file of all events sorted by user and time, `props`, the same with
their properties as columns, and who the people are
(`who`, `alias`, `accounts`), with `$account` or `$user`. Both give the same rows.
"""

from tests.benchmarks import metric_questions, path_questions, step_questions
from tests.benchmarks.question import Question, Rows
from tests.benchmarks.question_lakes import TENANT, Made
from waypost.insights import lake_feed, people_pages, scopes
from waypost.insights.ports import LakeReader

_NEWEST, _PAGE = 50, 100
_WHOSE = """(SELECT events.*, coalesce(who.person, events.user_id) AS person,
    coalesce(alias.account, who.account) AS account
    FROM events LEFT JOIN who USING (user_id) LEFT JOIN alias USING (company_id))"""
_PAGES = """SELECT (SELECT sum(count)::BIGINT FROM {whose} WHERE {whom}), time FROM {whose}
WHERE {whom} ORDER BY time DESC LIMIT 50"""


def _quiet(reader: LakeReader, _: Made) -> Rows:
    page = people_pages.accounts(TENANT, reader, "quiet", people_pages.Asked(None, _PAGE))
    return [(row["id"], row["last"]) for row in page.rows]


def _account(reader: LakeReader, of: Made) -> Rows:
    numbers = people_pages.of_account(TENANT, reader, of.account)
    only = scopes.of_account(of.account)
    newest = lake_feed.newest(TENANT, only, None, _NEWEST, reader=reader)
    return [(numbers["events"], record.time) for record in newest.records]


def _user(reader: LakeReader, of: Made) -> Rows:
    numbers = people_pages.of_user(TENANT, reader, of.ids)
    newest = lake_feed.newest(TENANT, scopes.of_user(of.user), None, _NEWEST, reader=reader)
    return [(numbers["events"], record.time) for record in newest.records]


QUESTIONS = (
    *metric_questions.QUESTIONS,
    Question(
        "quiet accounts",
        0.1,
        _quiet,
        f"""SELECT accounts.id, max(time) AS last FROM accounts LEFT JOIN {_WHOSE} AS whose
        ON whose.account = accounts.id GROUP BY accounts.id, created
        ORDER BY coalesce(last, created), accounts.id LIMIT {_PAGE}""",
    ),
    Question(
        "page of an account",
        0.1,
        _account,
        _PAGES.format(whose=_WHOSE, whom="account = $account"),
        "account",
    ),
    Question(
        "page of a user", 0.1, _user, _PAGES.format(whose=_WHOSE, whom="person = $user"), "user"
    ),
    *step_questions.QUESTIONS,
    *path_questions.QUESTIONS,
)
