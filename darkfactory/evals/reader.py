"""Values out of YAML files of a suite, each mistake with its line and its way out."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from darkfactory.config import yamltree
from darkfactory.config.problems import key_path, nearest, shown
from darkfactory.config.scalars import BadYaml
from darkfactory.errors import UsageError

_REFERENCE = "docs/evals.md shows every key"


class SuiteInvalid(UsageError):
    """A file of a suite cannot be what it says; the problem names file, line and key."""

    code = "evals.invalid"

    def __init__(
        self, file: str, line: int | None, key: str, what: str, *, fix: str = _REFERENCE
    ) -> None:
        place = file if line is None else f"{file} line {line}"
        super().__init__(f"{place}: {key} {what}" if key else f"{place}: {what}", fix=fix)


class Reader:
    """One YAML file: a mapping whose values are taken by key and type."""

    def __init__(self, path: Path, name: str) -> None:
        """Read *path*; *name* is what errors call it.

        Raises:
            SuiteInvalid: If it cannot be read, or is no mapping.
        """
        self.name = name
        try:
            text = path.read_text(encoding="utf-8")
            tree = yamltree.parse(text)
            given: Any = {} if tree is None else yamltree.plain(tree)
        except BadYaml as error:
            raise SuiteInvalid(name, error.line, "", error.problem, fix=error.fix) from error
        except UnicodeDecodeError as error:
            raise SuiteInvalid(name, None, "", "is not UTF-8", fix="save it as UTF-8") from error
        except OSError as error:
            said = error.strerror or type(error).__name__
            raise SuiteInvalid(name, None, "", f"cannot be read: {said}") from error
        self._tree = tree
        if not isinstance(given, dict):
            raise self.wrong((), f"must be a mapping of keys, not {shown(given)}")
        self.given: dict[str, Any] = given

    def wrong(self, path: yamltree.Path, what: str, *, fix: str = _REFERENCE) -> SuiteInvalid:
        """Return the error that *what* holds of the value at *path*."""
        line = yamltree.line_at(self._tree, path) if self._tree else 1
        return SuiteInvalid(self.name, line, key_path(path), what, fix=fix)

    def known(
        self, keys: Sequence[str], path: yamltree.Path = (), given: Mapping[str, Any] | None = None
    ) -> None:
        """Refuse a key that is none of *keys*."""
        for key in self.given if given is None else given:
            if key not in keys:
                best = nearest(str(key), keys)
                what = f"is not a known key; did you mean {best}?"
                raise self.wrong((*path, key), what, fix=f"known here: {', '.join(keys)}")

    def text(self, path: yamltree.Path, default: str | None = None) -> str | None:
        """Return the text at *path*, or *default* where there is nothing."""
        value = self.at(path)
        if value is None:
            return default
        if isinstance(value, str) and value.strip():
            return value.strip()
        raise self.wrong(path, f"must be text, not {shown(value)}")

    def texts(self, path: yamltree.Path) -> tuple[str, ...]:
        """Return the texts of the list at *path*; a single text counts as a list of one."""
        value = self.at(path)
        if isinstance(value, str):
            value = [value]
        found = tuple(self.items(path, value))
        for number, each in enumerate(found):
            if not isinstance(each, str) or not each.strip():
                raise self.wrong((*path, number), f"must be text, not {shown(each)}")
        return found

    def items(self, path: yamltree.Path, value: Any = None) -> Iterator[Any]:
        """Yield the entries of the list at *path*; nothing where there is none."""
        value = self.at(path) if value is None else value
        if value is None:
            return
        if not isinstance(value, list):
            raise self.wrong(path, f"must be a list, not {shown(value)}")
        yield from value

    def mapping(self, path: yamltree.Path) -> dict[str, Any]:
        """Return the mapping at *path*, an empty one where there is nothing."""
        value = self.at(path)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.wrong(path, f"must be a mapping, not {shown(value)}")
        return value

    def number(self, path: yamltree.Path, *, least: float = 0, whole: bool = False) -> Any:
        """Return the number at *path*, or None where there is nothing."""
        value = self.at(path)
        kinds = int if whole else (int, float)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, kinds) or not value >= least:
            what = "a whole number" if whole else "a number"
            raise self.wrong(path, f"must be {what} from {least:g} up, not {shown(value)}")
        return value

    def flag(self, path: yamltree.Path, *, default: bool = False) -> bool:
        """Return the truth at *path*, or *default* where there is nothing."""
        value = self.at(path)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        raise self.wrong(path, f"must be true or false, not {shown(value)}")

    def at(self, path: yamltree.Path) -> Any:
        """Return what stands at *path*, or None."""
        value: Any = self.given
        for part in path:
            if isinstance(value, dict):
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int) and part < len(value):
                value = value[part]
            else:
                return None
        return value
