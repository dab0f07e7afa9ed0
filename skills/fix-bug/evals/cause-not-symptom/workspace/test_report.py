import unittest

from report import total
from store import load


class ReportTest(unittest.TestCase):
    def test_nothing_is_in_an_empty_store(self):
        self.assertEqual(total(load([])), 0)


if __name__ == "__main__":
    unittest.main()
