def later(value):
    return value - 1
