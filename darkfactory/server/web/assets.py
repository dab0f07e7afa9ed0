"""The files that the pages load: read once, sent with their hash, named by nobody but us."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent."""

    body: bytes
    content_type: str
    etag: str


def read_assets() -> Mapping[str, Asset]:
    """Return every file of the page by its name; what has no known type is none of them."""
    files = sorted(path for path in _FOLDER.iterdir() if path.suffix in _TYPES)
    return {path.name: _asset(path) for path in files}


def version_of(assets: Mapping[str, Asset]) -> str:
    """Return what changes whenever one of *assets* does."""
    return hashlib.sha256("".join(one.etag for one in assets.values()).encode()).hexdigest()[:16]


def _asset(path: Path) -> Asset:
    body = path.read_bytes()
    return Asset(body, _TYPES[path.suffix], f'"{hashlib.sha256(body).hexdigest()[:32]}"')
