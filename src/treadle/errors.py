"""Every error that Treadle raises on purpose.

Each class knows the exit code of the command line and the HTTP status of the server.

    TreadleError                      1  500
    ├── ConfigError                   3  400   a file or value of the configuration is wrong
    │   └── ParameterError            3  400   a parameter is missing or has the wrong type
    ├── PipelineError                 4  400   invalid nodes, or an unknown node or pipeline
    ├── CatalogError                  5  400   an entry of the catalog is wrong
    │   └── MissingExtraError         5  400   a library that the entry needs is not installed
    ├── DataError                     6  500   a dataset could not be loaded or saved
    │   └── DataNotFoundError         6  404   there is nothing to load
    ├── NodeError                     1  500   a node's function raised
    ├── ProjectError                  7  400   no project here, or one that cannot be used
    ├── StoreError                    8  500   the store cannot be opened, read or written
    │   ├── RunNotFoundError          8  404   no such run
    │   ├── ExperimentNotFoundError   8  404   no such experiment
    │   ├── DamagedContentError       8  500   what is stored is not what was stored
    │   ├── StoreUnreachableError     8  503   the server or database does not answer
    │   │   └── UnknownOutcomeError   8  503   it went away during a commit
    │   ├── AccessError               8  403   the server does not let this user do that
    │   └── SearchError               2  400   a search that cannot be understood
    ├── ConflictError                 9  409   another run writes the same, or a value is set
    └── Interrupted                 130  500   Ctrl-C or a signal ended the run

Exit code 2 is a usage error of the command line; 0 is success.
"""

import contextlib
from collections.abc import Iterable, Iterator
from typing import ClassVar, Self, cast

from treadle.masking import mask


def nearest(name: str, available: Iterable[str], *, limit: int = 8) -> str:
    """Return a hint with the valid name closest to a wrong one, or the available names.

    Returns:
        A sentence for the end of a message.

    Examples:
        >>> nearest("flihgts", ["flights", "weather"])
        'Did you mean "flights"?'
        >>> nearest("x", [])
        'There are none.'
    """
    import difflib

    names = sorted(set(available))
    if not names:
        return "There are none."
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f'Did you mean "{close[0]}"?'
    shown = ", ".join(names[:limit])
    rest = f" and {len(names) - limit} more" if len(names) > limit else ""
    return f"Available: {shown}{rest}."


class TreadleError(Exception):
    """Base of every error that Treadle raises on purpose. Secrets in its texts are masked.

    Args:
        message: What is wrong, and with which thing.
        hint: What to do about it.
    """

    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500
    parts: "tuple[TreadleError, ...]" = ()
    """The errors that this one combines, if it combines several."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        # Here and not where each message is built: a library's message may contain a password.
        self.message = mask(message)
        self.hint = mask(hint)
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message

    def within(self, place: str) -> Self:
        """Return the same error with a location before its message."""
        error = _rebuild(type(self), f"{place}: {self.message}", self.hint)
        error.__cause__ = self.__cause__
        return cast("Self", error)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.message, self.hint))


def _rebuild(kind: type[TreadleError], message: str, hint: str) -> TreadleError:
    """Unpickle an error that crossed a process boundary."""
    error = kind.__new__(kind)
    TreadleError.__init__(error, message, hint=hint)
    return error


class Mistakes:
    """A collector of independent mistakes, so that all of them are reported at once.

    Examples:
        >>> mistakes = Mistakes()
        >>> for text in ("first", "second"):
        ...     with mistakes.noted():
        ...         raise ConfigError(text)
        >>> mistakes.raise_all()
        Traceback (most recent call last):
        treadle.errors.ConfigError: 2 mistakes were found:
          first
          second
    """

    def __init__(self) -> None:
        self._found: dict[str, TreadleError] = {}

    @contextlib.contextmanager
    def noted(self) -> Iterator[None]:
        """Collect the error that ends the block, and continue after it."""
        try:
            yield
        except TreadleError as error:
            self.add(error)

    def add(self, error: TreadleError) -> None:
        """Add an error; of one that combines several, each of them."""
        for one in error.parts or (error,):
            self._found.setdefault(str(one), one)

    def combine(self) -> TreadleError:
        """Return the collected errors: one as it is, several as one error of their common class."""
        errors = list(self._found.values())
        if len(errors) == 1:
            return errors[0]
        common = (
            kind
            for kind in type(errors[0]).__mro__
            if issubclass(kind, TreadleError) and all(isinstance(one, kind) for one in errors)
        )
        kind = next(common)
        told = "\n".join(str(error) for error in errors).replace("\n", "\n  ")
        message = f"{len(errors)} mistakes were found:\n  {told}"
        combined = _rebuild(type(errors[0]) if kind is TreadleError else kind, message, "")
        combined.parts = tuple(errors)
        return combined

    def raise_all(self) -> None:
        """Raise the collected errors, if there are any.

        Raises:
            TreadleError: There are some. If their classes differ, the first one's is raised.
        """
        if self._found:
            raise self.combine()


class ConfigError(TreadleError, ValueError):
    """A file or a value of the configuration is wrong."""

    exit_code = 3
    http_status = 400


class ParameterError(ConfigError):
    """A parameter is missing or has the wrong type."""


class PipelineError(TreadleError, ValueError):
    """Nodes cannot form a pipeline, or a name in a selection is unknown."""

    exit_code = 4
    http_status = 400


class CatalogError(TreadleError, ValueError):
    """An entry of the catalog is wrong."""

    exit_code = 5
    http_status = 400


class MissingExtraError(CatalogError, ImportError):
    """A library that this feature needs is not installed.

    Args:
        what: What needs it, such as ``dataset type "excel"``.
        library: The distribution that is missing.
        extra: The extra of Treadle that installs it; empty if none does.
    """

    def __init__(self, what: str, library: str, extra: str) -> None:
        super().__init__(
            f"{what} needs {library}, which is not installed.",
            hint="Install it with: pip install " + (f'"treadle[{extra}]"' if extra else library),
        )


class DataError(TreadleError):
    """A dataset could not be loaded or saved."""

    exit_code = 6


class DataNotFoundError(DataError, FileNotFoundError):
    """The dataset has no content to load."""

    http_status = 404

    def __str__(self) -> str:
        return TreadleError.__str__(self)


class NodeError(TreadleError):
    """The function of a node raised; the cause is chained."""

    exit_code = 1


class ProjectError(TreadleError):
    """There is no project here, or it cannot be used."""

    exit_code = 7
    http_status = 400


class StoreError(TreadleError):
    """The store cannot be opened, read or written."""

    exit_code = 8


class RunNotFoundError(StoreError, LookupError):
    """The store does not contain this run."""

    http_status = 404


class ExperimentNotFoundError(StoreError, LookupError):
    """The store does not contain this experiment."""

    http_status = 404


class DamagedContentError(StoreError):
    """Content in the store is not what was stored; a retry does not help."""


class StoreUnreachableError(StoreError):
    """The server or the database does not respond now; logged entries wait in the journal."""

    http_status = 503


class UnknownOutcomeError(StoreUnreachableError):
    """The connection to the database was lost during a commit, which may have succeeded."""


class AccessError(StoreError, PermissionError):
    """The server does not know this user, or does not permit them the operation."""

    http_status = 403

    def __str__(self) -> str:
        return TreadleError.__str__(self)


class SearchError(StoreError, ValueError):
    """A search cannot be parsed."""

    exit_code = 2
    http_status = 400


class ConflictError(TreadleError):
    """Another run is writing the same data, or a value is already set to another one."""

    exit_code = 9
    http_status = 409


class Interrupted(TreadleError):  # noqa: N818 - it is a fact, not an error of anyone
    """Ctrl-C or a signal ended the run; what was committed before is retained."""

    exit_code = 130
