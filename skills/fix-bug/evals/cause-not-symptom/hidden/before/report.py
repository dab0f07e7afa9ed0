"""What is printed each morning."""


def total(stock):
    return sum(stock.values())


def to_order(stock, least):
    return sorted(name for name, count in stock.items() if count < least)
