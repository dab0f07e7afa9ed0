def vat(amount):
    return round(amount * 0.19, 2)
