import unittest

from jobs import take


class TakeTest(unittest.TestCase):
    def test_the_oldest_come_first(self):
        queue = ["a", "b", "c"]
        self.assertEqual(len(take(queue, 2)), 2)

    def test_an_empty_queue_gives_nothing(self):
        self.assertEqual(take([], 2), [])
