def area(radius):
    return 3.14159 * radius * radius
