"""How a workspace is used again, and what is clean."""

from darkfactory.workspaces.pool import Pool
from tests.fakes.repositories import Repository


def again(pool: Pool, holder: str, commit: str) -> Repository:
    """Give the workspace of *holder* back as kept and lease it to the next one."""
    pool.release(holder, kept=True)
    return Repository(pool.lease("next", commit).path)


def assert_clean(checkout: Repository, commit: str) -> None:
    assert checkout.status == ""
    assert checkout.head == commit
    assert checkout.git("diff", "HEAD") == ""
    assert checkout.git("fsck", "--connectivity-only", "--no-dangling") == ""
