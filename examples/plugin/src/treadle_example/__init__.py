"""A plugin for Treadle: the format ``msgpack``, the resolver ``user``, and a check of outputs."""

import getpass
from collections.abc import Callable, Mapping
from typing import Any

from treadle import hook


class ExamplePlugin:
    """Registers what the plugin offers, and rejects empty outputs."""

    @hook
    def register_formats(self) -> Mapping[str, str]:
        """Return the class of each format; it is imported when an entry first uses it."""
        return {"msgpack": "treadle_example.msgpack_format:MsgpackFormat"}

    @hook
    def register_resolvers(self) -> Mapping[str, Callable[..., Any]]:
        """Return what ``${user:}`` in the configuration calls."""
        return {"user": getpass.getuser}

    @hook
    def before_dataset_saved(self, name: str, data: Any) -> None:
        """Reject an output without rows."""
        if isinstance(data, list | dict) and not data:
            raise ValueError(f"{name} is empty")


plugin = ExamplePlugin()
