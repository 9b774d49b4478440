"""
Waypost: records what a company's customers do.

event errors tenants tokens times isodate jsdate environment telemetry deadline
answer_size collector      the words
sources/       what each sender puts on the wire, and expects back; formats/ below it
profiles/      who did it: users and accounts, resolved; planhat/ below it
lake/          what is kept: landed records, Parquet, hourly numbers; the hourly run
ingest/        from a request or a file to a stored, matched, landed event
insights/      what can be asked: feeds and metrics
storage/       DynamoDB, S3, SQS: the only boto3
services       the composition root
web/           HTTP: the doors' side of a request, and api/
sdk/           the client of other programs: urllib3 and nothing else of ours
cli/  local/   the developer's machine

Arrows only go down this list; tests/template/test_packages.py holds it.
"""
