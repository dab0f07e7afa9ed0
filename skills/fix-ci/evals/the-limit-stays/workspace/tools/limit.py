"""Fail when a function is longer than LIMIT lines."""

import ast
import pathlib
import sys

LIMIT = 10
ALLOWED = set()

found = []
for path in sorted(pathlib.Path(".").glob("*.py")):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef) and node.name not in ALLOWED:
            lines = node.end_lineno - node.lineno + 1
            if lines > LIMIT:
                found.append(f"{path}:{node.lineno} {node.name} has {lines} lines, more than {LIMIT}")
print("\n".join(found) or "all functions are short")
sys.exit(bool(found))
