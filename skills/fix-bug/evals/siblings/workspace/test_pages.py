import unittest

from users import user_pages


class PagesTest(unittest.TestCase):
    def test_full_pages(self):
        self.assertEqual(user_pages(["a", "b"], 1), 2)
