import unittest

from one import ONE


class OneTest(unittest.TestCase):
    def test_one(self):
        self.assertEqual(ONE, 1)
