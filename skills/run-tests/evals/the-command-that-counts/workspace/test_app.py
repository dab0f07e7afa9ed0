import unittest

from app import parse


class ParseTest(unittest.TestCase):
    def test_number(self):
        self.assertEqual(parse("12"), 12)

    def test_spaces(self):
        self.assertEqual(parse(" 12 "), 12)
