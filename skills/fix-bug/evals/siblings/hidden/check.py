import os
import sys

sys.path.insert(0, os.getcwd())

from orders import last_page, order_pages
from users import user_pages

for size, pages in ((1, 3), (2, 2), (3, 1), (4, 1)):
    assert user_pages([1, 2, 3], size) == pages, size
    assert order_pages([1, 2, 3], size) == pages, size
assert user_pages([], 2) == 0
assert last_page([1, 2, 3], 2) == [3]
assert last_page([1, 2, 3, 4], 2) == [3, 4]
