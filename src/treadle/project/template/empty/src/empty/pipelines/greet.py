"""A first pipeline. Replace it."""

from treadle import node, param


@node
def greeting(name: str = param("name")) -> str:
    """Greet somebody."""
    return f"Hello, {name}!\n"
