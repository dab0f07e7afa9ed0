import unittest

from times import slowest, typical


class TimesTest(unittest.TestCase):
    def test_slowest(self):
        self.assertEqual(slowest([1, 3, 2]), 3)

    def test_typical(self):
        self.assertEqual(typical([3, 1, 2]), 2)
        self.assertEqual(typical([4, 1, 2, 3]), 2.5)
