import unittest

from clamp import clamp


class ClampTest(unittest.TestCase):
    def test_above(self):
        self.assertEqual(clamp(9, 0, 5), 5)

    def test_inside(self):
        self.assertEqual(clamp(3, 0, 5), 3)
