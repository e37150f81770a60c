"""Control characters in names of runs and experiments."""

import re
from typing import Final

_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def has_control_characters(name: str) -> bool:
    r"""Return whether a name has line breaks or control characters.

    Examples:
        >>> has_control_characters("a\nb"), has_control_characters("é ü")
        (True, False)
    """
    return _CONTROL.search(name) is not None


def without_control_characters(name: str) -> str:
    r"""Return a name with each control character replaced by a space.

    Examples:
        >>> without_control_characters("a\nb")
        'a b'
    """
    return _CONTROL.sub(" ", name)
