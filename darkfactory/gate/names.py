"""Names that items get in refs, folders and streams."""

import hashlib
import re

_PLAIN = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_LONGEST = 64


def name_of(item: str) -> str:
    """Return what stands for *item* in refs and folders: its id where that can be, else a likeness.

    Two items never share a name, whatever was replaced or cut off.
    """
    fits = _PLAIN.fullmatch(item) and len(item) <= _LONGEST
    if fits and not item.endswith(".lock"):
        return item
    digest = hashlib.sha256(item.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    likeness = re.sub(r"[^A-Za-z0-9_]+", "-", item).strip("-")[: _LONGEST - 20]
    return f"{likeness}-{digest}" if likeness else digest
