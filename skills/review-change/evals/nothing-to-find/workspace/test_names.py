import unittest

from names import names


class NamesTest(unittest.TestCase):
    def test_names(self):
        for users, text in (([], ""), ([{"name": "a"}], "a"), ([{"name": "a"}, {"name": "b"}], "a, b")):
            self.assertEqual(names(users), text)
