"""Whether the hub's folder is one that git can work in, told without git."""

from pathlib import Path

from darkfactory.errors import NotReady

_TEXTS = {"HEAD": ("ref: refs/",), "config": ("[core]",), "workspace.config": ("[core]",)}


class HubDamaged(NotReady):
    """The hub is gone, or not the folder it was."""

    code = "hub.damaged"

    def __init__(self, path: Path, trouble: str) -> None:
        self.trouble = trouble
        super().__init__(
            f"{path} {trouble}",
            fix="`df doctor` says what is lost with it; `df doctor --mend` brings back what it can",
        )


def hub_trouble(path: Path) -> str:
    """Return what is wrong with the folder of the hub, as the end of a sentence; "" if nothing.

    Its objects and refs are not looked into.
    """
    if not path.is_dir():
        return "is no folder" if path.is_symlink() or path.exists() else "is gone"
    for name in ("objects", "refs"):
        if not (path / name).is_dir():
            return f"has lost its {name}"
    packed = path / "packed-refs"
    if packed.is_symlink() or (packed.exists() and not packed.is_file()):
        return "has lost its packed-refs"
    damaged = (name for name, needed in _TEXTS.items() if not _holds(path / name, needed))
    return next((f"has lost its {name}" for name in damaged), "")


def _holds(path: Path, needed: tuple[str, ...]) -> bool:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    return any(words in text for words in needed)
