"""Gather what the lint of a library should know beside it: lanes, evals, mirrors, live links."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from darkfactory.config.loading import load_settings
from darkfactory.config.problems import shown
from darkfactory.domain.settings import Settings
from darkfactory.errors import UsageError
from darkfactory.evals.result_lines import read_results
from darkfactory.factory.eval_results import NoResults, last_files
from darkfactory.skills.library import FOLDER
from darkfactory.skills.lint.links import addresses
from darkfactory.skills.lint.parsed import ParsedSkill
from darkfactory.skills.lint.project import Project, Tried
from darkfactory.skills.reading import read_plain

_LANES = "lanes.yaml"
_TEXTS = (".md", ".mdx", ".txt", ".rst", ".html")
_MOST_FILES, _MOST_BYTES = 2000, 2 * 1024 * 1024
_MOST_LINKS, _AT_ONCE, _SECONDS = 200, 8, 10.0
_GONE = 400
_NO_HEAD = frozenset({403, 405, 501})


class NoMirror(UsageError):
    """A mirror of documentation that is no folder."""

    code = "skill.mirror"

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{shown(str(folder))} is no folder of documentation",
            fix="name the folder that holds its pages: --mirror DIR",
        )


@dataclass(frozen=True, slots=True)
class Beside:
    """What to look at beside the skills: *mirrors* of documentation, and the network with *net*.

    *price* is in USD for a million tokens sent.
    """

    mirrors: tuple[Path, ...] = ()
    net: bool = False
    price: float | None = None


def project_of(shelf: Path, skills: Sequence[ParsedSkill], beside: Beside) -> Project:
    """Return what is known around *skills*, which lie in the folder *shelf*.

    Lanes and evals count for the library of a project alone, ``skills/`` beside a lanes.yaml.

    Raises:
        LanesInvalid: If that lanes.yaml is wrong.
        NoMirror: If a mirror is no folder.
    """
    root, settings = shelf.parent, None
    if shelf.name == FOLDER and (root / _LANES).is_file():
        settings = load_settings(root / _LANES)
    return Project(
        lanes=settings.lanes if settings else (),
        models=_models(settings) if settings else {},
        sizes={each.name: len(each.name) + len(each.head.description) for each in skills},
        tried=dict(_tried(root, skills)) if settings else {},
        price=beside.price,
        mirrors=dict(_mirrors(beside.mirrors)),
        answers=_answers(skills) if beside.net else {},
    )


def _models(settings: Settings) -> dict[str, str]:
    return {name: agent.model for name, agent in settings.agents.items() if agent.model}


def _tried(root: Path, skills: Iterable[ParsedSkill]) -> Iterator[tuple[str, Tried]]:
    """Yield the last run of the evals of each of *skills* that has one on record here."""
    for skill in skills:
        try:
            files = last_files(root, skill.name) if skill.evals else []
        except NoResults:  # a checkout in which nobody ran them says nothing of when they ran
            continue
        for file in files:
            on = datetime.fromtimestamp(file.stat().st_mtime, UTC).date()
            models: defaultdict[str, set[str]] = defaultdict(set)
            for cell in read_results(file.read_text(encoding="utf-8"), file.name):
                models[cell.agent].update([cell.model] if cell.model else [])
            told = {name: frozenset(found) for name, found in models.items() if found}
            yield skill.name, Tried(on, told)


def _mirrors(folders: Iterable[Path]) -> Iterator[tuple[str, str]]:
    for folder in folders:
        if not folder.is_dir():
            raise NoMirror(folder)
        files = (path for path in folder.rglob("*") if path.suffix in _TEXTS and path.is_file())
        for path in sorted(files)[:_MOST_FILES]:
            try:
                text = read_plain(str(path), _MOST_BYTES).decode("utf-8", "replace")
            except OSError:  # a link, or larger than any page: then nothing was copied from it
                continue
            yield str(path.relative_to(folder)), " ".join(text.lower().split())


def _answers(skills: Iterable[ParsedSkill]) -> dict[str, str]:
    """Ask for the head of each link; return why it does not answer, empty where it does."""
    links = {
        address: None
        for skill in skills
        for text in skill.texts.values()
        for _, address in addresses(text)
    }
    chosen = list(links)[:_MOST_LINKS]
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return dict(zip(chosen, threads.map(_answer, chosen), strict=True))


def _answer(address: str) -> str:
    status = _status(address, "HEAD")
    if isinstance(status, int) and status in _NO_HEAD:
        status = _status(address, "GET")
    if isinstance(status, str):
        return status
    return f"status {status}" if status >= _GONE else ""


def _status(address: str, method: str) -> int | str:
    """Return the status that *address* answers with, or why it does not answer."""
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError
    from urllib.request import Request, urlopen

    try:
        request = Request(address, method=method, headers={"User-Agent": "darkfactory"})  # noqa: S310 - the pattern of links takes http and https alone
        with urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code
    except URLError as error:
        return str(error.reason)
    except (OSError, HTTPException, ValueError) as error:
        return str(error) or type(error).__name__
