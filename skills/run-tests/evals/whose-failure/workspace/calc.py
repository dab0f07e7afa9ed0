def add(a, b):
    return a + b


def leap(year):
    return year % 4 == 0
