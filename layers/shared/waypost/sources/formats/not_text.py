"""Files that are no text: told by how they begin, with what to do about each."""

_EXCEL = "this is an Excel workbook; save it as CSV"
_SAVE = "; save it as CSV or as JSON lines"
_UNPACK = "; unpack it, or compress with gzip"
_BEGINNINGS = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _EXCEL),
    (b"PAR1", "this is a Parquet file" + _SAVE),
    (b"ORC", "this is an ORC file" + _SAVE),
    (b"Obj\x01", "this is an Avro file" + _SAVE),
    (b"SQLite format 3\0", "this is a database" + _SAVE),
    (b"%PDF-", "this is a PDF" + _SAVE),
    (b"{\\rtf", "this is a text document" + _SAVE),
    (b"BZh", "this is compressed with bzip2" + _UNPACK),
    (b"\xfd7zXZ\0", "this is compressed with xz" + _UNPACK),
    (b"\x28\xb5\x2f\xfd", "this is compressed with zstandard" + _UNPACK),
    (b"\x04\x22\x4d\x18", "this is compressed with lz4" + _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "this is a 7z archive" + _UNPACK),
    (b"Rar!\x1a\x07", "this is a RAR archive" + _UNPACK),
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
# The first names in a workbook's archive; the others are OpenDocument's.
_WORKBOOK = (b"[Content_Types].xml", b"xl/", b"_rels/", b"docProps/")
_OPEN_DOCUMENT = b"mimetypeapplication/vnd.oasis"
_PAGES = (b"<!doctype", b"<html", b"<?xml")
# As much as is needed of a file.
HEAD = 512


def refusal(head: bytes) -> str | None:
    """What is wrong with a file that begins so, and the remedy; None for what may be text."""
    if head.startswith(_ZIP):
        if _OPEN_DOCUMENT in head:
            return "this is an OpenDocument file; save it as CSV"
        return _EXCEL if any(name in head for name in _WORKBOOK) else f"this is a ZIP{_UNPACK}"
    if head.lstrip()[:9].lower().startswith(_PAGES):
        return "this is a web page or XML; an answer of an error may have been saved as a file"
    return next((why for magic, why in _BEGINNINGS if head.startswith(magic)), None)
