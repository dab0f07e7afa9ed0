"""A message has the form that every tool and reader of git expects."""

import re

lines = open("MESSAGE.txt", encoding="utf-8").read().rstrip("\n").split("\n")
assert lines[0] and len(lines[0]) <= 72, "the subject is too long"
assert not lines[0].endswith("."), "a subject is no sentence"
assert lines[0][0].isupper(), "subjects begin with a capital here"
assert not re.match(r"(?:fix|feat|chore|refactor)(?:\(.*\))?:", lines[0]), "no prefixes here"
assert not re.match(r"(?i)(?:added|adds|fixed|fixes|changed|updated|updates|update) ", lines[0]), "imperative, and what"
assert len(lines) == 1 or lines[1] == "", "the second line is empty"
