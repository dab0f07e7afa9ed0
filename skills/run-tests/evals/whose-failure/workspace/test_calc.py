import unittest

from calc import add, leap


class CalcTest(unittest.TestCase):
    def test_add(self):
        self.assertEqual(add(1, 2), 3)

    def test_century_is_no_leap_year(self):
        self.assertFalse(leap(1900))
