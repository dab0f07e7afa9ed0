def order_pages(orders, size):
    """Return the number of pages that show all orders."""
    return len(orders) // size


def last_page(orders, size):
    """Return the orders of the last page."""
    pages = len(orders) // size
    return orders[(pages - 1) * size :]
