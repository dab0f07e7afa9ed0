import unittest

from tags import tag_line


class TagsTest(unittest.TestCase):
    def test_each_tag_once(self):
        posts = [{"tags": ["ants", "bees"]}, {"tags": ["bees", "cats"]}]
        self.assertEqual(tag_line(posts), "ants, bees, cats")
