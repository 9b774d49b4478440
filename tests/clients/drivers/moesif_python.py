"""Drives moesifapi: `moesif_python.py <scenario>`; what came back is the JSON line it prints."""

import json
import os
import sys
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from moesifapi import APIException, Configuration, MoesifAPIClient
from moesifapi.app_config.app_config import AppConfig
from moesifapi.config_manager import ConfigUpdateManager
from moesifapi.models import (
    CampaignModel,
    CompanyModel,
    EventModel,
    EventRequestModel,
    EventResponseModel,
    SubscriptionModel,
    UserModel,
)

NOW = datetime.now(UTC)
Configuration.BASE_URI = os.environ["WAYPOST_URL"]
api = MoesifAPIClient(os.environ["WAYPOST_KEY"]).api


def call(path: str, **fields: Any) -> EventModel:
    secret = {"Authorization": "secret"}
    start = NOW - timedelta(seconds=5)
    request = EventRequestModel(
        time=start,
        uri=f"https://api.acme.com{path}",
        verb="GET",
        headers=secret,
        api_version="1.0",
        ip_address="203.0.113.7",
        body={"secret": 1},
    )
    end = start + timedelta(milliseconds=250)
    response = EventResponseModel(time=end, status=200, headers=secret, body={"secret": 1})
    who = {"user_id": "u1", "company_id": "acme", **fields}
    return EventModel(request=request, response=response, **who)


def start_up() -> dict[str, Any]:
    """What the vendor's middlewares do before the first event."""
    manager = ConfigUpdateManager(api, AppConfig(), debug=False)
    manager._executor.shutdown(wait=True)
    return {
        "config": json.loads(api.get_app_config().raw_body),
        "rules": json.loads(api.get_governance_rules().raw_body),
        "sampling": manager.get_sampling_percentage({}, "u1", "acme"),
        "has_rules": bool(manager.have_governance_rules()),
    }


def events() -> None:
    everything = {
        "session_token": "s-1",
        "tags": "a,b",
        "metadata": {"region": "eu", "so.me.dots": 1},
        "direction": "Incoming",
        "weight": 4,
        "blocked_by": "rule-1",
    }
    api.create_event(call("/items/83738?page=2", **everything))
    api.create_events_batch([call("/pages"), call("/items/7/reviews", user_id="u2")])


def resent() -> None:
    """One call three times, in bodies of different size, as a queue in front of it might."""
    one, other = call("/one", transaction_id=str(uuid.uuid4())), call("/other")
    api.create_event(one)
    api.create_events_batch([other, one])
    api.create_events_batch([one])


def one() -> dict[str, Any]:
    try:
        api.create_event(call("/one"))
    except APIException as refused:
        return {"refused": refused.response_code}
    return {"refused": None}


def users() -> None:
    metadata = {"email": "ann@acme.com", "name": "Ann Archer", "plan": "pro", "seats": 3}
    campaign = CampaignModel(utm_source="adwords", gclid="g-1")
    everything = UserModel(
        user_id="u1",
        company_id="acme",
        modified_time=NOW,
        ip_address="203.0.113.7",
        session_token="s-1",
        user_agent_string="Mozilla/5.0",
        metadata=metadata,
        campaign=campaign,
    )
    api.update_user(everything)
    api.update_user(UserModel(user_id="u1"))
    api.update_users_batch([UserModel(user_id="u1"), UserModel(user_id="u2", company_id="acme")])


def companies() -> None:
    everything = CompanyModel(
        company_id="acme",
        company_domain="acme.com",
        modified_time=NOW,
        ip_address="203.0.113.7",
        session_token="s-1",
        metadata={"name": "Acme", "plan": "pro"},
        campaign=CampaignModel(utm_source="adwords"),
    )
    api.update_company(everything)
    api.update_companies_batch([CompanyModel(company_id="acme"), CompanyModel(company_id="bolt")])


def subscriptions() -> None:
    everything = SubscriptionModel(
        subscription_id="s1",
        company_id="acme",
        current_period_start=NOW,
        current_period_end=NOW + timedelta(days=30),
        status="active",
        metadata={"tier": "gold"},
    )
    api.update_subscription(everything)
    api.update_subscriptions_batch(
        [SubscriptionModel(subscription_id=id, company_id="acme") for id in ("s1", "s2")]
    )


SCENARIOS: dict[str, Callable[[], dict[str, Any] | None]] = {
    "start_up": start_up,
    "events": events,
    "resent": resent,
    "one": one,
    "users": users,
    "companies": companies,
    "subscriptions": subscriptions,
}
print(json.dumps(SCENARIOS[sys.argv[1]]() or {}))
