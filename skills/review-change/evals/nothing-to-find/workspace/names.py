def names(users):
    """Return the names of *users* as one text."""
    return ", ".join(user["name"] for user in users)
