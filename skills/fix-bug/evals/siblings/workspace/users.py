def user_pages(users, size):
    """Return the number of pages that show all users."""
    return len(users) // size
