"""How the tests make a hub, and land on it."""

from darkfactory.domain.state import StateFolder
from darkfactory.workspaces.hub import Hub, open_hub
from darkfactory.workspaces.refs import RefUpdate
from tests.fakes.repositories import Repository

FILES = {"a.txt": "one\n", "src/b.py": "print(1)\n"}


def hub_of(user: Repository, base: str = "main") -> Hub:
    return open_hub(StateFolder(user.path / ".darkfactory"), base)


def landing(hub: Hub, name: str, content: bytes = b"landed\n") -> str:
    """Put a commit that adds *name* on the hub's base, as the gate would."""
    old = hub.refs(hub.base_ref)[hub.base_ref]
    blob = hub.git("hash-object", "-w", "--stdin", stdin=content).text
    listed = hub.git("ls-tree", old).text + f"\n100644 blob {blob}\t{name}\n"
    tree = hub.git("mktree", stdin=listed.encode()).text
    new = hub.commit_tree(tree, [old], f"add {name}", when=1)
    landed = RefUpdate(f"refs/df/landed/c-{new[:8]}", new, None)
    hub.update_refs([RefUpdate(hub.base_ref, new, old), landed])
    return new
