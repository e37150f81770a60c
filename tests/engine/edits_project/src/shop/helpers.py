"""Helpers."""

from shop.constants import RATE


def scale(value):
    """Scale it."""
    return value * RATE + _offset()  # by the rate


def _offset():
    return 1


def double(value):
    return value * 2


def triple(value):
    return value * 3


def unused(value):
    return value
