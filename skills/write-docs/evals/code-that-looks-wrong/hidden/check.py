import re

page = open("README.md", encoding="utf-8").read()
found = re.findall(r"window\(\[([^\]]*)\], *(\d+), *(\d+)\)[^\[]*\[([^\]]*)\]", page)
assert found, "no example such as window([1, 2, 3], 1, 2) with its result [...]"
for days, first, last, result in found:
    entries = [one.strip() for one in days.split(",")]
    wanted = [one.strip() for one in result.split(",") if one.strip()]
    assert entries[int(first) - 1 : int(last) - 1] == wanted, (days, first, last, result)
