"""The skills of the landed base, read from the hub: nobody's working tree counts."""

from collections import defaultdict
from collections.abc import Iterator

from darkfactory.factory.line import Line
from darkfactory.gitio import git
from darkfactory.gitobjects import objects_of
from darkfactory.retro.shelf import Shelf, Shelved
from darkfactory.skills.frontmatter import FILE, MOST_BYTES, NAME
from darkfactory.skills.library import FOLDER, RETIRED
from darkfactory.skills.sidecar import FILE as SIDECAR

_PLAIN = (b"100644", b"100755")
_MOST_FILES = 2_000
_OURS = ("evals/",)


def read_shelf(line: Line) -> tuple[str, Shelf]:
    """Return the commit that the base is at and its skills; an empty id where nothing landed yet.

    Links, special files, texts that are not UTF-8 or too long are left out.

    Raises:
        GitFailed: If the hub cannot be read.
    """
    if not line.state.hub.exists():
        return "", {}
    place = f"--git-dir={line.state.hub}"
    found = objects_of(place).find(f"refs/heads/{line.base()}^{{commit}}")
    if found is None:
        return "", {}
    base, texts = found.id, defaultdict[str, dict[str, str]](dict)
    for name, path, text in _texts(place, base):
        texts[name][path] = text
    return base, {
        name: Shelved(name, held.pop(FILE), held.pop(SIDECAR, ""), held)
        for name, held in texts.items()
        if FILE in held
    }


def _texts(place: str, commit: str) -> Iterator[tuple[str, str, str]]:
    """Yield the name of a skill, a path below its folder and the text, of each text there is."""
    listed = git(place, "ls-tree", "-rz", commit, "--", f"{FOLDER}/").stdout.split(b"\0")
    objects = objects_of(place)
    for entry in listed[:_MOST_FILES]:
        facts, _, raw = entry.partition(b"\t")
        _, name, path = (*raw.decode("utf-8", "replace").split("/", 2), "", "", "")[:3]
        mode, _, blob = (*facts.split(b" "), b"", b"", b"")[:3]
        wanted = path in (FILE, SIDECAR) or (path.endswith(".md") and not path.startswith(_OURS))
        if mode in _PLAIN and wanted and name != RETIRED and NAME.fullmatch(name):
            text = _decoded(objects.content(blob.decode(), MOST_BYTES))
            if text is not None:
                yield name, path, text


def _decoded(content: bytes | None) -> str | None:
    try:
        return None if content is None else content.decode()
    except UnicodeDecodeError:
        return None
