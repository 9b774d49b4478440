"""The local default is killed in the middle of a load, and started again."""

from pathlib import Path
from typing import Any

from tests.conftest import Customer, Local, eventually, running

ROWS = 40_000


def test_a_load_killed_in_the_middle_is_finished_after_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        customer = first.customer()
        batch = upload(first, customer)
        eventually(lambda: progress(first, customer, batch), lambda found: found["received"] > 0)
        first.process.kill()

    with running(tmp_path) as second:
        eventually(
            lambda: progress(second, customer, batch), lambda found: found["status"] == "done"
        )
        second.aggregate(customer)

        assert second.counts(customer)["stored"] == ROWS
        assert second.counts(customer)["received"] == ROWS
        assert second.get(customer, "metrics")["total"] == ROWS


def upload(local: Local, customer: Customer) -> str:
    _, opened, _ = local.send("POST", f"/analytics/uploads/{customer.tenant}")
    rows = (f"c{n % 50},u{n % 900},opened,2014-05-0{1 + n % 9} 0{n % 8}:00:00" for n in range(ROWS))
    body = "\n".join(["cId,id,action,date", *rows]).encode()
    assert local.http.request("PUT", opened["url"], body=body).status == 200
    return str(opened["batch"])


def progress(local: Local, customer: Customer, batch: str) -> dict[str, Any]:
    status, found, _ = local.send("GET", f"/analytics/batches/{customer.tenant}/{batch}")
    assert status == 200
    return dict(found)
