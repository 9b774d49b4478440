"""
Waymark: records what a company's customers do.

bytes → events      bodies, tabular, dialects, jsdate
one event           event, identity, errors
doors               http, intake, envelope, batches, tokens, tenants
who did it          directory, matching, domains
numbers             lake, aggregates, metrics, ledger
the rim             storage (the only boto3), services, settings, telemetry
people              client, cli, local
"""
