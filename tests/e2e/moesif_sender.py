"""A tracker that speaks Moesif's format over HTTP, as its documentation has it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.conftest import Customer, Local, eventually

URI = "https://acme.com/pricing?utm_source=adwords"
Answer = tuple[int, Any, dict[str, str]]
Send = Callable[[str, Any], Answer]


def send(local: Local, customer: Customer, path: str, body: Any) -> Answer:
    """`send(local, customer, "actions", {…})`, from a page of the customer's."""
    headers = {"X-Moesif-Application-Id": customer.token, "Origin": "https://acme.com"}
    return local.send("POST", f"/v1/{path}", body, **headers)


def ago(**span: float) -> str:
    return (datetime.now(UTC) - timedelta(**span)).isoformat()


def action(name: str, **fields: Any) -> dict[str, Any]:
    return {"action_name": name, "request": {"uri": URI, "time": ago(minutes=1)}} | fields


def call(**fields: Any) -> dict[str, Any]:
    request = {"time": ago(seconds=9), "uri": "https://a.com/items/7", "verb": "GET", "headers": {}}
    response = {"time": ago(seconds=8), "status": 200, "headers": {}}
    return {"request": request, "response": response} | fields


ITEMS: dict[str, dict[str, Any]] = {
    "actions": action("Opened", user_id="u1"),
    "users": {"user_id": "u1"},
    "companies": {"company_id": "acme"},
    "subscriptions": {"company_id": "acme", "subscription_id": "s1", "status": "active"},
    "events": call(user_id="u1"),
}


def events(local: Local, customer: Customer, count: int) -> list[dict[str, Any]]:
    """The live feed, newest first, once it shows that many."""
    page = eventually(
        lambda: local.get(customer, "events"), lambda found: len(found["events"]) >= count
    )
    found: list[dict[str, Any]] = page["events"]
    return found
