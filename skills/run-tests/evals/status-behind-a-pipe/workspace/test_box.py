import unittest

from box import volume


class BoxTest(unittest.TestCase):
    def test_flat(self):
        self.assertEqual(volume(2, 3, 0), 0)

    def test_cube(self):
        self.assertEqual(volume(1, 1, 1), 1)

    def test_point(self):
        self.assertEqual(volume(0, 0, 0), 0)
