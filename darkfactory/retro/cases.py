"""Fold the log of a session into a case. Pure: the log of a hostile agent is only ever data."""

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping

from darkfactory.domain.event import Event
from darkfactory.domain.foreign import list_of, mapping_of, number_of, text_of
from darkfactory.domain.session import ControlOp
from darkfactory.retro.case import Case, Ran, Rule, Word
from darkfactory.retro.history import Sitting, Verdict
from darkfactory.waffle.steers import BY_MACHINE, BY_SCORE
from darkfactory.waffle.step import signature_of

_MOST = 2_000
"""How many commands, files and words of one session are kept: what comes later is left out."""
_LONGEST_COMMAND = 300
_LONGEST_WORDS = 2_000
_TAIL = 4_096
_CD = re.compile(r"^\s*cd\s+(?:\"[^\"]*\"|'[^']*'|[^\s;&|]+)\s*(?:&&|;)\s*")
_SPACE = re.compile(r"\s+")
_SAYS_WHY = re.compile(
    r"error|exception|not found|cannot|can't|could not|no such|missing|denied|fail|unable|undefined"
    r"|unknown|unrecognized|invalid|required|refused|no module|not installed",
    re.IGNORECASE,
)
_FEWEST_LINES = 5
"""Shorter scripts are no help to anybody."""
_SCRIPTS = (".py", ".sh", ".bash", ".js", ".ts", ".mjs", ".rb", ".pl")


def case_of(
    sitting: Sitting, log: Iterable[tuple[int, Event]], verdicts: Iterable[Verdict] = ()
) -> Case:
    """Return what *log* and *verdicts* tell of the session that *sitting* is about.

    What programs with a token posted into it proves nothing and is passed over.

    Args:
        sitting: The session and what became of it.
        log: Its events, each with the position at which it begins.
        verdicts: What people said of its change; they are shown at the end of the log.
    """
    fold = _Fold()
    for begins, event in log:
        if not event.posted:
            fold.take(begins, event)
    fold.hear(verdicts)
    return fold.case(sitting)


def command_key(command: str) -> str:
    """Return *command* on one line, without the change of folder that agents put before it."""
    return _SPACE.sub(" ", _CD.sub("", command)).strip()[:_LONGEST_COMMAND]


class _Fold:
    """What is known of a session so far."""

    def __init__(self) -> None:
        self.started = self.ended = 0
        self._skills: dict[str, str] = {}
        self._inline: set[str] = set()
        self._loaded: dict[str, int] = {}
        self._opened: dict[str, int] = {}
        self._rules: dict[str, dict[Rule, int]] = {"nn.kept": {}, "nn.violated": {}}
        self._met: set[Rule] = set()
        self._commands: dict[str, str] = {}
        self._ran: list[Ran] = []
        self._words: list[Word] = []
        self._doubts: dict[str, int] = {}
        self._written: dict[tuple[str, str], int] = {}
        self._meanings: Mapping[str, Callable[[int, Event], None]] = {
            "session.started": self._begin,
            "session.ended": self._end,
            "skill.injected": self._inject,
            "skill.loaded": self._load,
            "skill.reference_read": self._open,
            "nn.kept": self._rule,
            "nn.violated": self._rule,
            "tool.started": self._call,
            "tool.finished": self._finish,
            "control.requested": self._steer,
            "waffle.scored": self._doubt,
            "file.changed": self._write,
        }

    def take(self, at: int, event: Event) -> None:
        meaning = self._meanings.get(event.type)
        if meaning is not None:
            meaning(at, event)

    def hear(self, verdicts: Iterable[Verdict]) -> None:
        said = [Word(self.ended, one.by, one.day, one.text, verdict=True) for one in verdicts]
        self._words += said[:_MOST]

    def case(self, sitting: Sitting) -> Case:
        return Case(
            sitting=sitting,
            started=self.started,
            skills=self._skills,
            inline=frozenset(self._inline),
            loaded=self._loaded,
            opened=self._opened,
            kept=self._rules["nn.kept"],
            violated=self._rules["nn.violated"],
            met=frozenset(self._met),
            ran=tuple(self._ran),
            words=tuple(self._words),
            doubts=self._doubts,
            written=self._written,
        )

    def _begin(self, at: int, event: Event) -> None:
        self.started = self.started or at
        for one in map(mapping_of, list_of(event.data.get("skills"))):
            name = text_of(one.get("name"))
            if name:
                self._skills.setdefault(name, text_of(one.get("version")))

    def _end(self, at: int, event: Event) -> None:
        del event
        self.ended = at

    def _inject(self, at: int, event: Event) -> None:
        del at
        if event.data.get("deliver") == "inline-all":
            self._inline.add(text_of(event.data.get("name")))

    def _load(self, at: int, event: Event) -> None:
        name = text_of(event.data.get("name"))
        if name:
            self._loaded.setdefault(name, at)

    def _open(self, at: int, event: Event) -> None:
        data = event.data
        self._opened.setdefault(f"{text_of(data.get('name'))}/{text_of(data.get('path'))}", at)

    def _rule(self, at: int, event: Event) -> None:
        """Note the last judgement of a rule: an earlier one may have been of an unfinished tree."""
        rule = text_of(event.data.get("skill")), text_of(event.data.get("id"))
        if event.data.get("exercised") is not False:
            self._met.add(rule)
        for type_, rules in self._rules.items():
            if type_ != event.type:
                rules.pop(rule, None)
        self._rules[event.type].setdefault(rule, at)

    def _call(self, at: int, event: Event) -> None:
        del at
        data = event.data
        if data.get("kind") == "shell" and len(self._commands) < _MOST:
            command = text_of(data.get("command"))[: 2 * _LONGEST_COMMAND]
            self._commands[text_of(data.get("call"))] = command

    def _finish(self, at: int, event: Event) -> None:
        data = event.data
        given = self._commands.pop(text_of(data.get("call")), "")
        command = command_key(given)
        if not command or len(self._ran) >= _MOST:
            return
        output = text_of(data.get("output"))[-_TAIL:]
        failed = data.get("status") == "failed" or number_of(data.get("exit_code")) not in (None, 0)
        error = signature_of(output) if failed else None
        if error and not _SAYS_WHY.search(error):
            error = ""
        script = "\n" in given.strip() or len(given) >= _LONGEST_COMMAND
        self._ran.append(Ran(at, command, error, output, script))

    def _steer(self, at: int, event: Event) -> None:
        data, by = event.data, text_of(event.data.get("by"))
        if data.get("op") != ControlOp.STEER or by in BY_SCORE | BY_MACHINE:
            return
        text = text_of(data.get("text")).strip()[:_LONGEST_WORDS]
        if text and len(self._words) < _MOST:
            self._words.append(Word(at, by, str(event.ts or "")[:10], text))

    def _doubt(self, at: int, event: Event) -> None:
        data = event.data
        if data.get("action") not in ("steer", "nuke"):
            return
        for one in map(mapping_of, list_of(data.get("signals"))):
            name = text_of(one.get("name"))
            if name:
                self._doubts.setdefault(name, at)

    def _write(self, at: int, event: Event) -> None:
        data = event.data
        path, digest = text_of(data.get("path")), text_of(data.get("content_hash"))
        script = path.endswith(_SCRIPTS) and not number_of(data.get("removed"))
        long = (number_of(data.get("added")) or 0) >= _FEWEST_LINES
        wanted = digest and script and long and data.get("ok") is not False
        if wanted and len(self._written) < _MOST:
            self._written.setdefault((posixpath.basename(path), digest), at)
