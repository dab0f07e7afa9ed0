"""Tell people who are not there: the hooks of lanes.yaml, by whichever process works.

Of all processes one holds the lock and tells. How far a hook was told is on the disk before the
next fact is: killed in between, the next process tells that one fact again, under the same id.
"""

import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from darkfactory.config.cache import cached_settings
from darkfactory.domain.event import Event
from darkfactory.domain.settings import Hook
from darkfactory.domain.state import StateFolder
from darkfactory.errors import FactoryError
from darkfactory.events.stream import Stream, Writer
from darkfactory.factory.deliver import Undelivered, deliver, hook_name
from darkfactory.factory.facts import FACTORY, Fact, Reading, moot
from darkfactory.files import read_json, write_json
from darkfactory.locks import try_lock

_LOOK_SECONDS = 0.5
_SETTINGS_SECONDS = 2.0
_DRAIN_SECONDS = 20.0
_LEAVE_SECONDS = 0.2
_LANES = "lanes.yaml"


@contextmanager
def notifying(
    state: StateFolder, environment: Mapping[str, str], note: Callable[[str], None]
) -> Iterator[None]:
    """Tell facts to the hooks as long as the block runs, unless another process does.

    What has happened when the block is left without an error is still told.

    Args:
        environment: The variables that commands see.
        note: Called with what went wrong; that is on record, too.
    """
    work = _Work(state, environment, note)
    for hook in _hooks(state) or ():
        with _trouble_told(note):
            _Place(state, hook).begin()  # what happens from now on is told, whoever tells it
    herald = threading.Thread(target=work.tell_all, daemon=True)
    herald.start()
    patience = _DRAIN_SECONDS
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        patience = _LEAVE_SECONDS  # the next process tells the rest
        raise
    finally:
        work.over.set()
        herald.join(patience)
        work.left.set()


@contextmanager
def _trouble_told(note: Callable[[str], None]) -> Iterator[None]:
    """Say what the disk refuses: hooks never stop the factory."""
    try:
        yield
    except (OSError, FactoryError) as error:
        note(f"notify: nobody is told anything: {error}")


@dataclass(slots=True)
class _Marks:
    """How far the streams were told to a hook."""

    factory: int
    sessions: dict[str, int]


class _Place:
    """Where it is on the disk how far a hook was told."""

    def __init__(self, state: StateFolder, hook: Hook) -> None:
        self._state = state
        target = f"{'webhook' if hook.webhook else 'command'} {hook.webhook or hook.command}"
        self.file = state.notify / f"{hashlib.sha256(target.encode()).hexdigest()[:16]}.json"

    def begin(self) -> None:
        """Begin at the present, if the hook is a new one."""
        if self.load() is None:
            reading = Reading()
            stream = Stream(self._state.streams, FACTORY)
            end = 0
            for end, event in stream.read():
                reading.take(FACTORY, end, event)
            ends = {name: Stream(self._state.streams, f"s/{name}").end() for name in reading.open}
            self.save(_Marks(end, ends))

    def load(self) -> _Marks | None:
        body = read_json(self.file)
        try:
            sessions = {str(name): int(at) for name, at in body["sessions"].items()}
            return _Marks(int(body["factory"]), sessions)
        except (TypeError, KeyError, ValueError, AttributeError):
            return None

    def save(self, marks: _Marks) -> None:
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        body = {"version": 1, "factory": marks.factory, "sessions": marks.sessions}
        write_json(self.file, body, durable=True)


@dataclass
class _Work:
    """The telling of one process. *over*: tell the rest and end; *left*: end now."""

    state: StateFolder
    environment: Mapping[str, str]
    note: Callable[[str], None]

    def __post_init__(self) -> None:
        self.over = threading.Event()
        self.left = threading.Event()

    def tell_all(self) -> None:
        """Wait until nobody else tells, then tell every hook in a thread of its own."""
        with _trouble_told(self.note):
            self._tell_alone()

    def _tell_alone(self) -> None:
        self.state.notify.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self.state.notify / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            while not try_lock(lock):
                if self.over.is_set() or self.left.wait(_LOOK_SECONDS):
                    return
            self._tell_hooks()
        finally:
            os.close(lock)

    def _tell_hooks(self) -> None:
        tellers: dict[Hook, _Teller] = {}
        while not self.left.is_set():
            hooks = _hooks(self.state)
            if hooks is not None:
                self._tell_these(hooks, tellers)
            if self.over.wait(_SETTINGS_SECONDS):
                break
        for teller in tellers.values():
            teller.thread.join()

    def _tell_these(self, hooks: "tuple[Hook, ...]", tellers: "dict[Hook, _Teller]") -> None:
        for gone in tellers.keys() - set(hooks):
            tellers.pop(gone).end()
        self._forget_all_but(hooks)
        for hook in hooks:
            if hook not in tellers:
                tellers[hook] = _Teller(self, hook)

    def _forget_all_but(self, hooks: tuple[Hook, ...]) -> None:
        """Forget hooks that are gone: one that comes back is a new one."""
        known = {_Place(self.state, hook).file for hook in hooks}
        for file in self.state.notify.glob("*.json"):
            if file not in known:
                file.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _New:
    """An event of *stream* that ends at *behind*, and the fact that it is."""

    stream: str
    behind: int
    event: Event
    fact: Fact | None


class _Teller:
    """The thread that tells one hook."""

    def __init__(self, work: _Work, hook: Hook) -> None:
        self._work = work
        self._hook = hook
        self._place = _Place(work.state, hook)
        self._reading = Reading()
        self._gone = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def end(self) -> None:
        """End after the fact that is being told."""
        self._gone.set()
        self.thread.join()

    def _run(self) -> None:
        with _trouble_told(self._work.note):
            self._tell()

    def _tell(self) -> None:
        self._place.begin()
        marks = self._place.load() or _Marks(0, {})
        self._learn(marks)
        while not self._gone.is_set():
            last = self._work.over.is_set()  # first: what was until then is told
            for fact in self._facts(marks):
                if self._work.left.is_set() or self._gone.is_set():
                    return
                self._deliver(fact)
                self._place.save(marks)
            if last or self._work.left.wait(_LOOK_SECONDS):
                return

    def _learn(self, marks: _Marks) -> None:
        for behind, event in self._stream(FACTORY).read():
            if behind > marks.factory:
                return
            self._reading.take(FACTORY, behind, event)

    def _facts(self, marks: _Marks) -> Iterator[Fact]:
        """Yield what is new and to be told, moving *marks* along."""
        news = self._news(FACTORY, marks.factory)
        for name in sorted(self._reading.open):
            news += self._news(f"s/{name}", marks.sessions.get(name, 0))
        answered = moot((one.stream, one.event, one.fact) for one in news)
        for one in news:
            if one.stream == FACTORY:
                marks.factory = one.behind
            else:
                marks.sessions[one.stream.removeprefix("s/")] = one.behind
            fact = one.fact
            if fact is not None and fact.fact in self._hook.on and fact.id not in answered:
                yield fact

    def _news(self, stream: str, behind: int) -> list[_New]:
        return [
            _New(stream, at, event, self._reading.take(stream, at, event))
            for at, event in self._stream(stream).read(behind)
        ]

    def _stream(self, path: str) -> Stream:
        return Stream(self._work.state.streams, path)

    def _deliver(self, fact: Fact) -> None:
        work = self._work
        try:
            deliver(
                self._hook,
                fact,
                folder=work.state.repository,
                environment=work.environment,
                left=work.left,
            )
        except (Undelivered, OSError) as error:
            text = f"notify: {hook_name(self._hook)} was not told that {fact.text}: {error}"
            work.note(text)
            writer = Writer(self._stream(FACTORY), producer="notify", once=True)
            writer.write("warning", {"text": text, "fact": fact.id})


def _hooks(state: StateFolder) -> tuple[Hook, ...] | None:
    """Return the hooks that lanes.yaml of the user's checkout names; None while it is wrong.

    Whoever works with it says what is wrong.
    """
    try:
        return cached_settings(state.repository / _LANES, state.settings).notify
    except FactoryError:
        return None
