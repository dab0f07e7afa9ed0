import unittest

from app.menu import entry
from app.pages import title


class AppTest(unittest.TestCase):
    def test_title(self):
        self.assertEqual(title({"title": "x" * 30}), "x" * 19 + "…")

    def test_entry(self):
        self.assertEqual(entry({"title": "a long one"}), "a long …")
