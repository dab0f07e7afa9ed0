def volume(a, b, c):
    return a * b + c
