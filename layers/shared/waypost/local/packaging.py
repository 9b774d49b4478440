"""The template and its code as the emulator takes them: zips in a bucket, URIs for paths."""

import io
import re
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

CODE_BUCKET = "waypost-code"
_LOCAL_PATH = re.compile(r"(CodeUri|ContentUri): (functions/\w+|layers/\w+)")


def package(root: Path) -> tuple[str, dict[str, bytes]]:
    """The template with S3 URIs for local paths, and the objects that those URIs name."""
    objects: dict[str, bytes] = {}

    def place(match: re.Match[str]) -> str:
        folder = root / match[2]
        data = layer_zip(folder) if match[1] == "ContentUri" else folder_zip(folder)
        key = f"{folder.name}-{sha256(data).hexdigest()[:16]}.zip"
        objects[key] = data
        return f"{match[1]}: s3://{CODE_BUCKET}/{key}"

    template = _LOCAL_PATH.sub(place, (root / "template.yaml").read_text())
    return template, objects


def folder_zip(folder: Path) -> bytes:
    """A function's folder as a zip with the same bytes for the same files."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return _zip(
        {
            str(path.relative_to(folder)): path.read_bytes()
            for path in files
            if "__pycache__" not in path.parts
        }
    )


def layer_zip(folder: Path) -> bytes:
    """A layer that links the source instead of copying it: edits are live after a restart.

    Its dependencies come from the environment that the emulator runs in.
    """
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    link = f"import sys; sys.path.insert(0, {str(folder.resolve())!r})\n"
    # Python reads .pth files in site-packages alone.
    return _zip({f"python/lib/{version}/site-packages/waypost-source.pth": link.encode()})


def _zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        # One date for all: the same files make the same zip, and no new version of a function.
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data)
    return out.getvalue()
