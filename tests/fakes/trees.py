"""A tree in memory, for checks."""

from collections.abc import Mapping, Sequence

from darkfactory.skills.checks import Changed


class FakeTree:
    """Files by path (None: too long to be read), and what of them counts as changed."""

    def __init__(
        self, files: Mapping[str, str | None] | None = None, changed: Sequence[Changed] = ()
    ) -> None:
        self._files = files or {}
        self._changed = changed

    def paths(self) -> Sequence[str]:
        return sorted(self._files)

    def text(self, path: str) -> str | None:
        return self._files.get(path)

    def changed(self) -> Sequence[Changed]:
        return self._changed
