import unittest

from money import cents


class MoneyTest(unittest.TestCase):
    def test_halves_go_to_the_even_cent(self):
        self.assertEqual([cents("0.125"), cents("0.135")], [12, 14])
