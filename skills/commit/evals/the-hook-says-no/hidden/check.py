import os
import sys

sys.path.insert(0, os.getcwd())
from words import count, split

assert count("a b c") == 3
assert count("a  b") == 2, "the mark was right: several spaces are one"
assert split("a  b") == ["a", "b"]
