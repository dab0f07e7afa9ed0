from app.texts import shorten


def title(page):
    return shorten(page["title"], 20)
