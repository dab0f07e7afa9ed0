from tax import price


def cart_total(amounts):
    return sum(price(amount, 0.19) for amount in amounts)
