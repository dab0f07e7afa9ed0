import unittest

from server import address


class AddressTest(unittest.TestCase):
    def test_default_port(self):
        self.assertEqual(address("a"), "http://a:8000/")

    def test_given_port(self):
        self.assertEqual(address("a", 1), "http://a:1/")
