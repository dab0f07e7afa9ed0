"""The lines of a patch that matter to whoever decides on an edit."""

from collections.abc import Iterator

from darkfactory.cli.output import flat


def changed_lines(patch: str) -> Iterator[str]:
    """Yield the lines that *patch* takes and puts in its first file, each as one plain line."""
    for line in patch.split("\ndiff --git ", maxsplit=1)[0].splitlines():
        if line.startswith(("+", "-")) and not line.startswith(("+++", "---")) and line[1:].strip():
            yield flat(line)
