import os
import sys

sys.path.insert(0, os.getcwd())

from report import to_order, total
from store import load

stock = load(["nut:3", "bolt:12"])
assert total(stock) == 15, total(stock)
assert to_order(stock, 5) == ["nut"], "the same fault shows in the order list"
assert total({"nut": 3}) == 3
