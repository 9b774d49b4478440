"""request, unmodified: the line of Planhat's CSV text, which streams a file into Waypost."""

import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from tests.clients import compatibility, faults
from tests.clients.conftest import RunClient
from tests.clients.environments import VERSIONS
from tests.clients.faults import Bench

PACKAGE, DRIVER = "request", "request.cjs"
ROUTE = "/analytics/stream/csv/{tenant}"
SAMPLE = """\
cId, id, name, email, weight, action, date, count
acme,u-1,Ann Archer,ann@acme.com,2.5,logged in,2017-02-21T03:23:00Z,1
,,Felipe Walker,felipe@acme.com,1,logged in,2017-02-21T03:24:00Z,3
,,Nobody,,1,logged in,2017-02-21T03:24:00Z,3
"""


def test_the_official_sample_is_streamed_and_counted_by_email(
    bench: Bench, run_client: RunClient, tmp_path: Path
) -> None:
    file = tmp_path / "activity.csv"
    file.write_text(SAMPLE)

    told = run_client(DRIVER, "stream", FILE=str(file))

    (put,) = bench.proxy.posts()
    assert (put.method, put.path) == ("PUT", ROUTE.format(tenant=bench.customer.tenant))
    assert put.headers["transfer-encoding"] == "chunked"
    assert put.headers["content-type"] == "text/csv"
    answer = json.loads(told["body"])
    assert (told["status"], answer["processed"]) == (200, 2)
    assert [(e["line"], e["code"]) for e in answer["errors"]] == [(4, "identity_missing")]
    counts = bench.local.settled(bench.customer, 3)
    assert (counts["stored"], counts["rejected"]) == (2, 1)
    felipe = bench.local.get(bench.customer, "users/felipe@acme.com")
    assert (felipe["name"], felipe["external_id"], felipe["account_id"]) == (
        "Felipe Walker", None, "acme",
    )  # fmt: skip
    bench.local.aggregate(bench.customer)
    totals = bench.local.get(bench.customer, "metrics?metric=events&group_by=action")["totals"]
    assert totals == [{"key": "logged in", "value": 4}]
    compatibility.record(PACKAGE, VERSIONS[PACKAGE], ROUTE, "a CSV file as a stream")


def test_a_file_of_ten_thousand_rows_comes_in_one_stream(
    bench: Bench, run_client: RunClient, tmp_path: Path
) -> None:
    file = tmp_path / "many.csv"
    rows = "".join(f"acme,u-{n},,,1,logged in,,1\n" for n in range(10_000))
    file.write_text(SAMPLE.partition("\n")[0] + "\n" + rows)

    told = run_client(DRIVER, "stream", FILE=str(file))

    assert json.loads(told["body"])["processed"] == 10_000
    assert bench.local.settled(bench.customer, 10_000)["stored"] == 10_000


@pytest.mark.parametrize(("status", "after"), faults.CASES)
def test_a_refusal_is_handed_to_the_caller_and_never_sent_again(
    status: int, after: bool, bench: Bench, run_client: RunClient, tmp_path: Path
) -> None:
    file = tmp_path / "one.csv"
    today = datetime.now(UTC).isoformat()
    file.write_text(f"cId, email, action, date\nacme,ann@acme.com,logged in,{today}\n")
    send = partial(run_client, DRIVER, "stream", FILE=str(file))

    faults.check(PACKAGE, status, after, send, bench)
