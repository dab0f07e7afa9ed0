import tempfile
import unittest

from config import ConfigBroken, load


class ConfigTest(unittest.TestCase):
    def read(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(text)
            file.flush()
            return load(file.name)

    def test_both_are_given(self):
        self.assertEqual(self.read('{"port": 1, "host": "a"}'), {"port": 1, "host": "a"})

    def test_no_json(self):
        with self.assertRaises(ConfigBroken):
            self.read("{")
