"""Records which environment variables are looked up."""

import os
from collections.abc import Mapping
from types import CodeType
from typing import Any

from treadle.engine.observed.ignored import SETTINGS_LIBRARIES, is_quiet_variable
from treadle.engine.observed.readers import Readers
from treadle.engine.observed.wrapping import After


class VariableReads:
    """Records which variables are looked up, and which ones code has set itself.

    Its methods take the arguments of the observed functions, and return what records a successful
    call.
    """

    def __init__(self, readers: Readers) -> None:
        self._readers = readers
        self._copying: set[CodeType | None] = set()  # library functions that copy the environment
        self._outer: dict[str, str | None] = {}  # set by this process: values before
        self._set: dict[str, str | None] = {}  # and after

    def get_variable(self, _: Mapping[str, str], key: Any) -> After:
        """Record the lookup of an environment variable, unless code has set its value."""
        name = os.fsdecode(key)
        reader = self._readers.find()
        if (
            reader is None
            or reader.code in self._copying
            or is_quiet_variable(name, reader.library, reader.by)
        ):
            return None
        value = os.environ.get(name)  # lookups during recording do not count
        if name in self._outer and value == self._set[name] != self._outer[name]:
            return None  # it comes from code, which counts
        for watch in self._readers.watches(reader):
            watch.note_variable(name, value)
        return None

    def list_variables(self, _: Mapping[str, str]) -> After:
        """Record that all variables are looked up.

        Most libraries do so to copy them for a new program, which is not a reading; some, to find
        settings.
        """
        reader = self._readers.find()
        if reader is None:
            return None
        if reader.library and not reader.module and reader.library not in SETTINGS_LIBRARIES:
            self._copying.add(reader.code)
            return None
        for watch in self._readers.watches(reader):
            watch.note_environment()
        return None

    def set_variable(self, _: Mapping[str, str], key: Any, value: Any = None) -> After:
        """Record that code sets or removes a variable."""
        name = os.fsdecode(key)
        outer = os.environ.get(name)

        def after(_: Any) -> None:
            self._outer.setdefault(name, outer)
            self._set[name] = None if value is None else os.fsdecode(value)

        return after
