"""A CSV body of a request, read as a file is: all of it, or not at all."""

import io

from msgspec import Struct, to_builtins

from waypost.errors import Malformed
from waypost.event import Batch
from waypost.sources import planhat_header
from waypost.sources.formats import csv_survey, files
from waypost.sources.formats.json_items import MAX_ITEMS
from waypost.sources.formats.reading import NO_READING, Reading
from waypost.sources.planhat_csv import Undecided
from waypost.tenants import NO_CHANGES, Placeholders


class CsvBody(Struct):
    """The rows of a body, or a few more than it may have; what became of its columns; and how it
    was read, as told and found.
    """

    batch: Batch
    columns: planhat_header.Columns
    reading: Reading
    notes: list[str] = []


def read(
    body: bytes,
    received: int,
    changes: Placeholders = NO_CHANGES,
    reading: Reading = NO_READING,
) -> CsvBody:
    """All rows of a body. Raises `Malformed` where there is no header, with the question of
    `csv_survey` where something has to be told.
    """
    try:
        return _read(body, received, changes, reading)
    except Undecided:
        survey = files.survey(io.BytesIO(body), io.BytesIO(body), reading)
    if (question := survey.question) is not None:
        raise Malformed(question.message, code=question.code, question=to_builtins(question))
    read = _read(body, received, changes, survey.reading)
    if read.batch.received:
        notes = csv_survey.notes(survey.reading, reading)
        read.batch.rejects += notes
        read.notes = [note.message for note in notes]
    return read


def _read(body: bytes, received: int, changes: Placeholders, reading: Reading) -> CsvBody:
    if not body.strip():
        raise Malformed("the body is empty; send a header line and rows", code="empty_body")
    file = files.File(io.BytesIO(body), reading, is_csv=True)
    whole, rows, canonical = Batch(), 0, True
    for batch in file.batches(received, MAX_ITEMS, changes):
        whole.events += batch.events
        whole.rejects += batch.rejects
        canonical &= batch.canonical
        if (rows := rows + batch.received) > MAX_ITEMS:
            break
    whole.canonical = canonical and bool(whole.events)
    columns = file.table.columns if file.table else planhat_header.NO_COLUMNS
    return CsvBody(whole, columns, reading)
