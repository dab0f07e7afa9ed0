"""A pool of workspaces: leased, released and reset between two uses, by many at once."""

import itertools
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from darkfactory.clock import Clock, SystemClock
from darkfactory.domain.state import StateFolder
from darkfactory.errors import DiskFull, NotReady, UsageError
from darkfactory.files import is_disk_full
from darkfactory.workspaces.hub import Hub
from darkfactory.workspaces.keep import keep_of
from darkfactory.workspaces.lending import lent_alone
from darkfactory.workspaces.preserve import Preserved, preserve
from darkfactory.workspaces.reset import reset
from darkfactory.workspaces.slot import Slot, SlotFacts, Workspace, checked_name, locked

_LENT = ".lent"


class AlreadyLeased(NotReady):
    """The holder has a workspace of another commit, with work in it perhaps."""

    code = "workspace.leased"

    def __init__(self, holder: str, base: str) -> None:
        super().__init__(
            f"{holder} already has a workspace, of commit {base[:12]}",
            fix="find it and go on there, or release it first",
        )


class NoLease(UsageError):
    """The holder has no workspace in this pool."""

    code = "workspace.none"

    def __init__(self, holder: str, pool: str) -> None:
        super().__init__(
            f"{holder} has no workspace in pool {pool!r}", fix="lease one for it first"
        )


class Pool:
    """The workspaces of one kind of holder: ``agents`` or ``gate``.

    Leases are facts on disk: they outlive whoever took them. Any number of threads and processes
    may use pools of the same folder at once.

    Args:
        alone: Whether a clone borrows the objects of its commit alone instead of all of the hub's.
    """

    def __init__(
        self,
        state: StateFolder,
        name: str,
        hub: Hub,
        *,
        kind: str = "clone",
        keep: Sequence[str] = (),
        alone: bool = False,
        clock: Clock | None = None,
    ) -> None:
        self._folder = state.pool(name).absolute()
        self._hub = hub
        self._keep = tuple(keep)
        self._alone = alone
        self._shared = self._folder / "store.git" if kind == "worktree" else None
        self._clock = clock or SystemClock()
        (self._folder / ".slots").mkdir(parents=True, exist_ok=True)

    def lease(self, holder: str, commit: str, *, exclude: Sequence[str] = ()) -> Workspace:
        """Return a workspace for *holder*: a clean checkout of *commit* that is its own.

        A holder has one workspace; asking again for the same commit returns it as it is. *exclude*
        are paths that the caller will put there itself and that are no part of anybody's work.

        Raises:
            AlreadyLeased: If the holder has a workspace of another commit.
            UnknownRevision: If the hub has no such commit.
            BadName: If *holder* cannot be part of a ref.
            DiskFull: If there is no room for it.
            GitFailed: If git cannot write the files.
        """
        started = self._clock.monotonic()
        checked_name(holder)
        while True:
            slot = self._claim(holder)
            with slot.locked() as lock:
                facts = slot.read()
                if facts.holder != holder:
                    continue  # released meanwhile, by another thread of the same holder
                if facts.ready and facts.base != commit:
                    raise AlreadyLeased(holder, str(facts.base))
                if facts.ready and facts.kept:
                    facts = slot.write(replace(facts, kept=False))  # the holder goes on working
                if not facts.ready:
                    facts = self._prepare(slot, facts, commit, tuple(exclude), lock)
                    seconds = round(self._clock.monotonic() - started, 6)
                    facts = slot.write(replace(facts, seconds=seconds, ready=True))
                return self._workspace(slot, facts, commit)

    def find(self, holder: str) -> Workspace | None:
        """Return the workspace that *holder* has, or None."""
        for slot, facts in self._slots():
            if facts.holder == holder and facts.ready and facts.base:
                return self._workspace(slot, facts, facts.base)
        return None

    def last_of(self, session: str) -> Workspace | None:
        """Return the workspace in which the work of *session* lies, leased or not; None: nowhere.

        For looking only: what nobody has leased may be reset at any moment.
        """
        for slot, facts in self._slots():
            if facts.content == session and facts.holder in (None, session) and facts.base:
                return self._workspace(slot, facts, facts.base)
        return None

    def reopen(self, holder: str) -> Workspace | None:
        """Return the workspace of *holder* for going on with its work, or None without one.

        That the hub has all of its work no longer counts from here on; :meth:`find` only looks.
        """
        workspace = self.find(holder)
        if workspace is not None:
            self.record_kept(holder, kept=False)
        return workspace

    def record_kept(self, holder: str, *, kept: bool) -> None:
        """Write down whether the hub has all of the work in the workspace of *holder*.

        True after a collection that was whole; False before the holder goes on working.

        Raises:
            NoLease: If *holder* has no workspace here.
        """
        slot = self._slot_of(holder)
        if slot is None:
            raise NoLease(holder, self._folder.name)
        with slot.locked():
            slot.write(replace(slot.read(), kept=kept))

    def release(self, holder: str, *, kept: bool = False) -> Preserved | None:
        """Give the workspace of *holder* back; without one, do nothing.

        Unless its work is *kept*, now or on record, it is preserved first.

        Raises:
            DiskFull: If there is no room to preserve it; it stays leased.
            GitFailed: If the hub cannot be used; it stays leased.
        """
        slot = self._slot_of(holder)
        if slot is None:
            return None
        with slot.locked():
            facts = slot.read()
            if facts.holder != holder:
                return None  # given back meanwhile
            # What lies in a slot that was never made ready is the work of an earlier holder.
            trusted = kept and facts.ready
            saved = None if trusted else self._rescue(slot, facts, "released without collection")
            slot.write(replace(facts, holder=None, kept=True, ready=False))
        return saved

    def leases(self) -> dict[str, SlotFacts]:
        """Return the facts of every leased slot, by slot."""
        return {slot.name: facts for slot, facts in self._slots() if facts.holder}

    def _claim(self, holder: str) -> Slot:
        """Return the slot of *holder*; a free one, or a new one, becomes it."""
        with locked(self._folder / ".slots" / "lock"):
            slots = self._slots()
            free = [pair for pair in slots if pair[1].holder is None]
            for slot, facts in slots:
                if facts.holder == holder:
                    return slot
            if free:
                slot, facts = free[0]
            else:
                slot, facts = self._new_slot(slots), SlotFacts()
            slot.write(replace(facts, holder=holder, ready=False, since=self._clock.now()))
            return slot

    def _new_slot(self, slots: Sequence[tuple[Slot, SlotFacts]]) -> Slot:
        taken = {int(slot.name) for slot, _ in slots}
        number = next(number for number in itertools.count(1) if number not in taken)
        return Slot(self._folder, f"{number:02d}")

    def _prepare(
        self, slot: Slot, facts: SlotFacts, commit: str, exclude: tuple[str, ...], lock: int
    ) -> SlotFacts:
        self._rescue(slot, facts, "found without a holder")
        if not facts.kept:
            facts = slot.write(replace(facts, kept=True))
        try:
            lender = lent_alone(self._hub, commit, self._folder / _LENT) if self._alone else None
            reset(
                slot,
                self._hub,
                commit,
                keep=keep_of(self._keep),
                exclude=exclude,
                shared=self._shared,
                lender=lender,
                lock=lock,
            )
        except OSError as error:
            if is_disk_full(error):
                raise DiskFull(slot.path) from error
            raise
        tree = self._hub.tree(commit)
        facts = replace(facts, content=facts.holder, base=commit, tree=tree, exclude=exclude)
        facts = replace(facts, lender=os.fspath(lender) if lender else None)
        return replace(facts, kept=False)

    def _rescue(self, slot: Slot, facts: SlotFacts, reason: str) -> Preserved | None:
        """Preserve what lies in *slot* unless the hub has it."""
        if facts.kept or facts.content is None:
            return None
        workspace = self._workspace(slot, facts, facts.base or self._checked_out(slot))
        when = int(self._clock.now())
        return preserve(self._hub, workspace, session=facts.content, reason=reason, when=when)

    def _checked_out(self, slot: Slot) -> str:
        """Return the commit that we last checked out in *slot*, whose facts are lost."""
        try:
            return self._hub.commit((slot.private / "HEAD").read_text(encoding="ascii").strip())
        except (OSError, ValueError, UsageError):
            (slot.private / "index").unlink(missing_ok=True)
            return self._hub.commit(self._hub.base_ref)

    def _workspace(self, slot: Slot, facts: SlotFacts, base: str) -> Workspace:
        return Workspace(
            path=slot.path,
            slot=slot.name,
            base=base,
            tree=facts.tree or self._hub.tree(base),
            seconds=facts.seconds,
            holder=facts.content or "",
            exclude=facts.exclude,
            keep=self._keep,
            shared=self._shared,
            lender=Path(facts.lender) if facts.lender else None,
        )

    def _slot_of(self, holder: str) -> Slot | None:
        return next((slot for slot, facts in self._slots() if facts.holder == holder), None)

    def _slots(self) -> list[tuple[Slot, SlotFacts]]:
        """Return all slots there are, lowest number first, with their facts."""
        names = {path.stem for path in (self._folder / ".slots").glob("[0-9]*.json")}
        names |= {path.name for path in self._folder.glob("[0-9]*")}
        slots = [Slot(self._folder, name) for name in names if name.isdecimal()]
        return [(slot, slot.read()) for slot in sorted(slots, key=lambda slot: int(slot.name))]
