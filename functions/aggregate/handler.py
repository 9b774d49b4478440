"""Hourly, or asked for: recomputes the numbers of what landed. One message, one tenant."""

from typing import Any

from waypost import services
from waypost.deadline import Context
from waypost.ingest import returns, session_ends
from waypost.lake import runs, worker


@services.in_time
def lambda_handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    clock = services.clock
    # The schedule's event. It only queues: so each tenant has 15 minutes of its own.
    if "Records" not in event:
        tenants, landed = services.tenants(), services.landed_tenants()
        queue = services.aggregate_outbox()
        due = runs.fan_out(
            tenants=tenants,
            landed=landed,
            queue=queue,
            clock=clock,
            scheduled=event.get("time", ""),
        )
        return {"tenants": due}
    records, deliveries = event["Records"], services.deliveries()
    returns.hold(records, deliveries, context.get_remaining_time_in_millis)
    failed = worker.run_all(
        records,
        records_of=services.runs(),
        queue=services.aggregate_outbox(),
        stores=services.fold_stores(),
        remaining_ms=context.get_remaining_time_in_millis,
        then=lambda tenant: session_ends.end_silent(tenant, services.end_stores()),
    )
    return returns.answer(records, failed, deliveries)
