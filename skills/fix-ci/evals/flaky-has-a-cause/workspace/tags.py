def tag_line(posts):
    """Return all tags of *posts*, each once."""
    return ", ".join({tag for post in posts for tag in post["tags"]})
