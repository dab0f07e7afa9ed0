import os
import sys

sys.path.insert(0, os.getcwd())
from calc import leap, times

assert times(3, 4) == 12
assert leap(1900), "that fault belongs to another change"
