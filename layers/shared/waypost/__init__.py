"""
Waypost: records what a company's customers do.

bytes → events    bodies, tabular, files, dialects, jsdate
one event         event, fields, properties, rules, identity, errors
the way in        http, statuses, doors, intake, envelope, batches, loading, tenants
who did it        queueing, attribution, matching, profiles, traits, directory, domains
types             schema, conformance
Planhat's models  models, companies, endusers, upserts, listings, dimensions
the numbers       lake, aggregation, publication, aggregates, manifests, cubes, presence, packs
reading           access, tokens, reading, people, pages, merges, feeds, archive
answers           metrics, moments, tables
operating         scheduling, runs, telemetry, settings, configuration
the rim           ports, services, storage (the only boto3 beside local)
web pages         site
people            client, cli, local
"""
