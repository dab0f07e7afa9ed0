import os
import sys

sys.path.insert(0, os.getcwd())

from words import shout, whisper

assert shout("hi") == "HI!"
assert whisper("HI") == "hi"
