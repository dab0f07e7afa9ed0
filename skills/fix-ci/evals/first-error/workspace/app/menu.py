from app.text import shorten


def entry(page):
    return shorten(page["title"], 8)
