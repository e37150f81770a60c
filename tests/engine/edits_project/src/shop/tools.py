import functools


def doubled(func):
    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        return [value * 2 for value in func(*args, **kwargs)]

    return wrapper


@functools.lru_cache
def remembered(value):
    return value + 100


@functools.singledispatch
def show(value):
    return "?"


@show.register
def _(value: int):
    return f"int {value}"
