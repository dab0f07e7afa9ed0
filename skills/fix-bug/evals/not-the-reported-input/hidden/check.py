import os
import sys

sys.path.insert(0, os.getcwd())

from slug import slug

cases = {
    "Café au lait": "cafe-au-lait", "Crème brûlée": "creme-brulee", "Señor Ñandú": "senor-nandu",
    "Cafe\u0301": "cafe", "Hello, World!": "hello-world", "--": "", "2 × 3": "2-3",
}
for title, wanted in cases.items():
    assert slug(title) == wanted, (title, slug(title))
