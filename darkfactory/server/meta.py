"""What is known of a stream beside its data; kept in a small file next to it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from darkfactory.files import read_json, write_json
from darkfactory.server.asked import JSON, Lifetime
from darkfactory.server.producers import Mark


@dataclass(frozen=True, slots=True)
class ForkedFrom:
    """Where a fork leaves its source: stream *path* at byte *base*; *offset*, *sub*: as asked."""

    path: str
    base: int
    offset: int
    sub: int


@dataclass(frozen=True, slots=True)
class Meta:
    """The configuration and the state of a stream.

    *incarnation* tells streams of one name apart. *deleted*: gone for clients, kept for its forks.
    """

    content_type: str = JSON
    incarnation: str = ""
    lifetime: Lifetime = field(default_factory=Lifetime)
    closed: bool = False
    closed_by: Mark | None = None
    deleted: bool = False
    fork: ForkedFrom | None = None

    def closing(self, by: Mark | None) -> "Meta":
        """Return this, closed by the append named *by*."""
        return replace(self, closed=True, closed_by=by)


def save_meta(file: str, meta: Meta) -> None:
    """Write *meta* in one step.

    Raises:
        DiskFull: If there is no room; the old one stays.
    """
    write_json(file, asdict(meta))


def load_meta(file: str) -> Meta | None:
    """Return what :func:`save_meta` wrote, None where there is none."""
    body = read_json(file)
    return _meta(body) if isinstance(body, Mapping) else None


def _meta(body: Mapping[str, Any]) -> Meta:
    closed_by, fork = body.get("closed_by"), body.get("fork")
    return Meta(
        content_type=body["content_type"],
        incarnation=body["incarnation"],
        lifetime=Lifetime(**body["lifetime"]),
        closed=body["closed"],
        closed_by=Mark(**closed_by) if closed_by else None,
        deleted=body["deleted"],
        fork=ForkedFrom(**fork) if fork else None,
    )
