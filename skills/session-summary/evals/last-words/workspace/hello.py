def greet():
    return "Helo"
