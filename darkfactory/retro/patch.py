"""The difference of two texts as git writes it."""

import difflib


def diff_of(path: str, before: str, after: str) -> str:
    """Return the difference of two texts as git writes it; a new file comes from nothing."""
    if before == after:
        return ""
    old = f"a/{path}" if before else "/dev/null"
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), old, f"b/{path}"
    )
    told = [
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    ]
    head = f"diff --git a/{path} b/{path}\n" + ("" if before else "new file mode 100644\n")
    return head + "".join(told)


def move_of(path: str, folder: str) -> str:
    """Return that the file at *path* goes to *folder* as it is, as git writes it."""
    new = f"{folder}/{path.rpartition('/')[2]}"
    head = f"diff --git a/{path} b/{new}\nsimilarity index 100%\n"
    return f"{head}rename from {path}\nrename to {new}\n"
