import unittest

from calc import double


class CalcTest(unittest.TestCase):
    def test_double(self):
        self.assertEqual(double(2), 4)
