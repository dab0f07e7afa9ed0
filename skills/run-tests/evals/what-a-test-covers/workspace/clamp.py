def clamp(value, least, most):
    if least > most:
        raise ValueError((least, most))
    return max(least, min(value, most))
