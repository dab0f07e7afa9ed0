"""What is to be known of the user's own branch: why it was not moved to what has landed."""

from darkfactory.errors import FactoryError
from darkfactory.factory.record import LeftBranch, Record
from darkfactory.gitobjects import objects_of

_TRUST = ("-c", "safe.directory=*")


def left_branch(record: Record) -> LeftBranch | None:
    """Return why the user's branch was left where it still is, None if nothing is left to say.

    Only a branch that was left is looked at, so most calls ask nobody.
    """
    told = record.left
    if told is None:
        return None
    try:
        objects = objects_of(*_TRUST, "-C", f"{record.state.repository}")
        found = objects.find(f"refs/heads/{told.branch}^{{commit}}")
    except FactoryError:
        return None  # without a readable branch nothing is known of it
    return told if found is not None and found.id == told.commit else None
