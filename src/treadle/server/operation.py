"""Operations: what a client can do, for both APIs alike.

An operation is a function of a caller and a message. How its message is decoded from a request, and
its result encoded, is up to the dialect of the API (`treadle.server.service`).
"""

import inspect
from collections.abc import Callable
from types import ModuleType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from treadle.records import Role
from treadle.server.access import AfterCommit
from treadle.server.caller import Caller

Method = Literal["GET", "POST", "PATCH", "DELETE"]


class Operation(msgspec.Struct, frozen=True):
    """One operation of an API.

    Operations that write share transactions, each as a part that can fail alone.
    """

    methods: tuple[Method, ...]
    path: str
    """The path after the prefix of the API; ``{name}`` is a field of the message."""
    role: Role
    """The minimum role of the caller on anything; the role on an experiment or a model is checked
    by the caller's lookups."""
    writes: bool
    function: Callable[[Caller, Any], Any]
    message: type[msgspec.Struct]
    result: Any
    """The type of the result; None for an empty one."""
    lists: frozenset[str]
    """The list fields of the message, which a query string may repeat."""
    is_audited: bool
    """Whether it is in the audit log: for changes beyond the run that is being logged."""
    creates: bool
    """Whether it creates something each time, so that a repeated request has to be recognized."""

    @property
    def summary(self) -> str:
        """The first line of the function's docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]


def operation(
    method: Method | tuple[Method, ...],
    path: str,
    *,
    role: Role = "viewer",
    audited: bool = False,
    writes: bool | None = None,
    creates: bool = False,
) -> Callable[[Callable[[Caller, Any], Any]], Operation]:
    """Return a decorator that makes a function of a caller and a message an operation.

    Args:
        method: The HTTP method, or several.
        path: The path after the prefix of the API; ``{name}`` is a field of the message.
        role: ``viewer`` for what only reads; anything else writes.
        audited: Whether it is in the audit log.
        writes: Whether it changes the store, if that does not follow from the role.
        creates: Whether it creates something each time.
    """

    def wrap(function: Callable[[Caller, Any], Any]) -> Operation:
        hints = get_type_hints(function)
        message = hints[list(inspect.signature(function).parameters)[1]]
        fields = msgspec.structs.fields(message)
        return Operation(
            methods=(method,) if isinstance(method, str) else method,
            path=path,
            role=role,
            writes=role != "viewer" if writes is None else writes,
            function=function,
            message=message,
            result=_result_of(hints["return"]),
            lists=frozenset(one.name for one in fields if str(one.type).startswith("list")),
            is_audited=audited,
            creates=creates,
        )

    return wrap


def operations_of(*modules: ModuleType) -> tuple[Operation, ...]:
    """Return the operations that modules define, in this order."""
    return tuple(
        one for module in modules for one in vars(module).values() if isinstance(one, Operation)
    )


def _result_of(hint: Any) -> Any:
    """Return the type of a result; one that is known after the commit only is empty."""
    parts = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    (own,) = (one for one in parts if get_origin(one) is not AfterCommit)
    return None if own is type(None) else own
