import os
import sys

sys.path.insert(0, os.getcwd())

from shipping import cost

for weight, country, express, cents in (
    (1000, "DE", False, 400), (1001, "DE", False, 700), (5000, "DE", True, 1400), (5999, "DE", False, 700),
    (6000, "DE", False, 800), (8500, "FR", False, 1900), (10, "FR", True, 2600),
):
    got = cost({"weight": weight, "country": country, "express": express})
    assert got == cents, (weight, country, express, got)
assert cost({"weight": 1, "country": "DE"}) == 400
