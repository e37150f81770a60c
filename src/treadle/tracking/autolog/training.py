"""One training call as it is logged: its run, the names of its items, and its outcome."""

import functools
import inspect
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

import msgspec

from treadle.masking import mask
from treadle.tracking.active import active_run, inherited
from treadle.tracking.api import start_run
from treadle.tracking.run import Run

_log = logging.getLogger(__name__)

_P = ParamSpec("_P")
_R = TypeVar("_R")

_LONGEST: Final = 500  # characters of a parameter


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What is logged for a library."""

    models: bool = True
    plots: bool = True
    tuning_runs: int = 5


_chosen: dict[str, Options] = {}
_models: "WeakKeyDictionary[Run, dict[str, int]]" = WeakKeyDictionary()
_current: "ContextVar[Training | None]" = ContextVar("treadle_training", default=None)


def choose(library: str, options: Options | None) -> None:
    """Set what is logged for a library; nothing if no options are given."""
    if options is None:
        _chosen.pop(library, None)
    else:
        _chosen[library] = options


def current() -> "Training | None":
    """Return the training that is being logged in this context."""
    return inherited(_current)


class Training:
    """A call that trains a model.

    Args:
        run: The run that it is logged to.
        library: The library that trains.
        name: What is trained, such as ``LogisticRegression``.
        options: What to log.
    """

    def __init__(self, run: Run, library: str, name: str, options: Options) -> None:
        self.run = run
        self.library = library
        self.name = name
        self.options = options
        counts = _models.setdefault(run, {})
        number = sum(counts.values()) + 1
        counts[name] = counts.get(name, 0) + 1
        own = name if counts[name] == 1 else f"{name}-{counts[name]}"
        self._prefix = "" if number == 1 else own
        self.folder = "model" if number == 1 else f"model-{own}"
        """The artifact folder of the model."""

    def _named(self, key: str, separator: str) -> str:
        return f"{self._prefix}{separator}{key}" if self._prefix else key

    def log_params(self, params: Mapping[str, object]) -> None:
        """Log parameters, shortened to a readable length."""
        named = {self._named(key, "."): readable(value) for key, value in params.items()}
        self.run.log_params(named)

    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Log a point of each metric."""
        self.run.log_metrics({self._named(key, "/"): value for key, value in metrics.items()}, step)

    def log_file(self, content: bytes, name: str) -> None:
        """Store a file beside the model."""
        self.run.log_bytes(content, self._named(name, "/"))

    def log_figure(self, draw: Callable[[Any], None], name: str) -> None:
        """Draw with matplotlib and store the plot; nothing if it is not installed or not wanted."""
        if not self.options.plots:
            return
        try:
            from matplotlib.backends.backend_agg import FigureCanvasAgg
            from matplotlib.figure import Figure
        except ImportError:
            return
        # Not through pyplot, whose state belongs to the program.
        figure = Figure(figsize=(6.4, 4.8))
        FigureCanvasAgg(figure)
        # Fixed margins: measuring and laying out every text would take longer than all the rest.
        figure.subplots_adjust(left=0.24, right=0.97, bottom=0.17, top=0.93)
        draw(figure.add_subplot())
        self.run.log_figure(figure, self._named(f"plots/{name}.png", "/"))

    def describe(self, model_class: type) -> None:
        """Tag the run with the library and the model's class."""
        self.run.set_tags(
            {
                self._named("autolog", "."): self.library,
                self._named(
                    "model_class", "."
                ): f"{model_class.__module__}.{model_class.__qualname__}",
            }
        )


def readable(value: object) -> object:
    """Return a parameter as logged: numbers unchanged, all else as a short text."""
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        value = value.item()
    elif isinstance(value, float) and type(value) is not float:
        value = float(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, type) or inspect.isroutine(value):
        text = getattr(value, "__name__", str(value))
    elif hasattr(value, "get_params"):
        text = type(value).__name__
    else:
        text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


@contextmanager
def quietly(what: str) -> Iterator[None]:
    """Log errors of autologging as warnings, so that they never reach the training."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - logged; must not stop a training
        _log.warning("%s is not logged: %s: %s", what, type(error).__name__, mask(str(error)))
        _log.debug("Traceback", exc_info=True)


Step = Callable[[Training, inspect.BoundArguments], None]


def listen(
    library: str,
    original: Callable[_P, _R],
    *,
    name: Callable[[inspect.BoundArguments], str],
    before: Step,
    after: Callable[[Training, inspect.BoundArguments, Any], None],
) -> Callable[_P, _R]:
    """Wrap a function so that each call is logged as one training.

    Calls inside it are part of it, and not logged separately.

    Args:
        library: The library whose options apply.
        original: The function that trains.
        name: Returns what is trained, from the call's arguments; empty if not worth a run.
        before: Logs before the training, and may change the arguments.
        after: Logs afterwards; also gets the return value.
    """
    signature = inspect.signature(original)

    @functools.wraps(original)
    def logged(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        options = _chosen.get(library)
        if options is None or current() is not None:
            return original(*args, **kwargs)
        try:
            call = signature.bind(*args, **kwargs)
            called = name(call)
        except Exception:  # noqa: BLE001 - the original reports invalid arguments
            return original(*args, **kwargs)
        if not called:
            return original(*args, **kwargs)
        with _open(library, called, options) as training:
            if training is None:
                return original(*args, **kwargs)
            with quietly(f"How {called} is trained"):
                before(training, call)
            result = original(*call.args, **call.kwargs)
            with quietly(f"What came of {called}"):
                after(training, call, result)
            return result

    return logged


@contextmanager
def _open(library: str, name: str, options: Options) -> Iterator[Training | None]:
    """Yield a training in the active run, or in a new run that ends with the block."""
    own: Run | None = None
    training: Training | None = None
    with quietly(name):
        run = active_run()
        if run is None:
            run = own = start_run(name)
        training = Training(run, library, name, options)
    token = _current.set(training)
    try:
        if own is None:
            yield training
        else:
            with own:
                yield training
    finally:
        _current.reset(token)
