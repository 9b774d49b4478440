"""Which objects of the inbox are files to load, and what lies beside them."""

from pathlib import PurePosixPath

MAPPING = "mapping.json"
_DATA = frozenset((".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".gz"))


def is_data(name: str, size: int | None) -> bool:
    """Whether a dropped object is a file of rows, and not what a tool writes beside its files:
    `_SUCCESS`, `.part-0.csv.crc`, a folder, an empty flag.
    """
    path = PurePosixPath(name)
    if not name or name.endswith(("/", "_$folder$", ".crc")) or path.name == MAPPING:
        return False
    # Hadoop's own rule for files that are none, but for partitions of a column with such a name.
    if any(part[0] in "_." and "=" not in part for part in path.parts):
        return False
    return size != 0 or (path.suffix.lower() in _DATA and not path.name.startswith("part-"))


def mapping_of(key: str) -> str:
    """The key of what is told of a file: in its own folder."""
    return f"{key.rpartition('/')[0]}/{MAPPING}"
