"""Every plugin point of Treadle.

A plugin is a module or an object with functions of these names, marked with `hook`. Its functions
accept any subset of the arguments. Treadle finds plugins by the entry-point group ``treadle``; a
project lists its own in ``[tool.treadle] hooks``; `treadle.run` accepts them as ``hooks=[…]``.

The built-in recorder and the built-in dataset formats are registered in the same way.

Examples:
    >>> from treadle.hooks import hook
    >>> class Announce:
    ...     @hook
    ...     def before_node_run(self, node):
    ...         print("running", node.name)
"""

import ast
import functools
import inspect
import textwrap
from collections.abc import Callable, Iterable, Mapping
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final

import pluggy

from treadle.errors import ProjectError, nearest

if TYPE_CHECKING:
    from types import ModuleType


_PROJECT: Final = "treadle"
_KEDRO_HOOKS: Final = {
    "after_context_created": "The configuration is read by then in after_catalog_created.",
    "before_command_run": "There are no hooks around commands.",
    "after_command_run": "There are no hooks around commands.",
}
"""Plugin points of Kedro that have no equivalent here."""
_KEDRO_ARGUMENTS: Final = {
    "dataset_name": "name",
    "run_result": "outputs",
    "session_id": "run_id",
    "pipeline": "plan",
}
"""Arguments of Kedro's plugin points that have another name here."""

hook = pluggy.HookimplMarker(_PROJECT)
"""Marks a function of a plugin as the implementation of the plugin point of that name."""

_spec = pluggy.HookspecMarker(_PROJECT)


class Specifications:
    """The plugin points. The class is never instantiated; its methods are the contract."""

    @_spec
    def register_formats(self) -> Mapping[str, str]:  # type: ignore[empty-body]
        """Return dataset types: short name to ``module:Class`` of a `treadle.catalog.Format`."""

    @_spec
    def register_resolvers(self) -> Mapping[str, Callable[..., Any]]:  # type: ignore[empty-body]
        """Return resolvers: name to the function called by ``${name:argument}`` in the config."""

    @_spec
    def after_catalog_created(self, catalog: Any) -> None:
        """Handle the catalog before anything is loaded; entries may be added."""

    @_spec
    def before_pipeline_run(
        self, plan: Any, run_id: str, run_params: Mapping[str, Any], catalog: Any
    ) -> None:
        """Handle the plan before its first node runs.

        ``plan.pipeline`` is the pipeline and ``plan.parameters`` are the parameters that its nodes
        read; ``run_params`` is the request: the target, the environment, the selection, the seed.
        """

    @_spec
    def after_pipeline_run(
        self,
        plan: Any,
        run_id: str,
        outputs: Mapping[str, Any],
        run_params: Mapping[str, Any],
        catalog: Any,
    ) -> None:
        """Handle the outputs that no node read, after every node has run."""

    @_spec
    def on_pipeline_error(
        self,
        plan: Any,
        run_id: str,
        error: BaseException,
        run_params: Mapping[str, Any],
        catalog: Any,
    ) -> None:
        """Handle the error that ended a run early, including Ctrl-C."""

    @_spec
    def on_node_start(self, node: Any, run_id: str, started: float) -> None:
        """Handle a node before its inputs are loaded."""

    @_spec
    def before_node_run(
        self, node: Any, run_id: str, started: float, inputs: Mapping[str, Any], catalog: Any
    ) -> Mapping[str, Any] | None:
        """Handle a node and its inputs, by the names of datasets, before its function is called.

        A returned dict replaces inputs of the same names; of several plugins, the one registered
        last wins. A node's key does not cover replaced inputs: as long as a plugin may return
        something here, every node runs, except those with ``cache=True``.
        """

    @_spec
    def after_node_run(  # noqa: PLR0917 - a plugin point: it is called by names
        self,
        node: Any,
        run_id: str,
        timing: Any,
        inputs: Mapping[str, Any],
        outputs: Mapping[str, Any],
        catalog: Any,
    ) -> None:
        """Handle a node after its outputs are committed; ``outputs`` omits those of a generator."""

    @_spec
    def after_node_reused(  # noqa: PLR0917 - a plugin point: it is called by names
        self, node: Any, run_id: str, reason: str, key: str, since: str, readings: Mapping[str, Any]
    ) -> None:
        """Handle a node that is reused because run ``since`` made its outputs of the same inputs.

        ``readings`` describes the files and environment variables that it had read, by name.
        """

    @_spec
    def on_node_error(  # noqa: PLR0917 - a plugin point: it is called by names
        self,
        node: Any,
        run_id: str,
        timing: Any,
        error: BaseException,
        inputs: Mapping[str, Any],
        catalog: Any,
    ) -> None:
        """Handle a node's error, including Ctrl-C; no inputs if they could not be loaded."""

    @_spec
    def before_dataset_loaded(self, name: str, dataset: Any, node: Any) -> None:
        """Handle a dataset before a node reads it."""

    @_spec
    def after_dataset_loaded(
        self, name: str, dataset: Any, node: Any, data: Any, run_id: str
    ) -> None:
        """Handle the data that a node is about to read."""

    @_spec
    def before_dataset_saved(self, name: str, dataset: Any, node: Any, data: Any) -> None:
        """Handle the data that a node is about to write; an exception prevents the save."""

    @_spec
    def after_dataset_saved(
        self, name: str, dataset: Any, node: Any, data: Any, run_id: str
    ) -> None:
        """Handle the data that a node has committed. ``data`` is None for streamed outputs."""


Hooks = pluggy.PluginManager
"""The registered plugins of one session; ``hooks.hook.<name>(…)`` calls all of them."""


def create_hooks(
    plugins: "Iterable[object | ModuleType]" = (), *, installed: bool = False
) -> Hooks:
    """Register plugins, each checked against the specifications.

    Args:
        plugins: Modules or objects.
        installed: Whether to load plugins of installed packages (entry-point group ``treadle``).

    Raises:
        ProjectError: A plugin implements an unknown hook or has an unknown argument.
    """
    hooks = Hooks(_PROJECT)
    hooks.add_hookspecs(Specifications)
    for plugin in plugins:
        _register(hooks, plugin)
    if installed:
        for plugin in _installed():
            if not hooks.is_registered(plugin):
                _register(hooks, plugin)
    try:
        hooks.check_pending()
    except pluggy.PluginValidationError as error:
        raise _refused(error.plugin, error) from error
    return hooks


@functools.cache
def _installed() -> tuple[object, ...]:
    """Load the plugins of installed packages, once: searching a large environment is slow.

    Raises:
        ProjectError: One of them cannot be loaded.
    """
    return tuple(_load(point) for point in metadata.entry_points(group=_PROJECT))


def _load(point: metadata.EntryPoint) -> object:
    try:
        return point.load()
    except Exception as error:
        package = point.dist.name if point.dist is not None else ""
        source = f" of the installed package {package}" if package else ""
        raise ProjectError(
            f'The plugin "{point.value}"{source} cannot be loaded: {type(error).__name__}: '
            f"{error}.",
            hint=f"Repair or update it, or remove it: pip uninstall {package}" if package else "",
        ) from error


def _register(hooks: Hooks, plugin: object) -> None:
    if isinstance(plugin, type):
        raise ProjectError(
            f"The plugin {plugin.__name__} is a class.",
            hint=f"Register an object of it: {plugin.__name__}().",
        )
    name = _name_of(plugin)
    for attribute, function in _marked(plugin, f"{_PROJECT}_impl"):
        _check(name, attribute, function)
    try:
        hooks.register(plugin)
    except pluggy.PluginValidationError as error:
        raise _refused(plugin, error) from error
    if not hooks.get_hookcallers(plugin):
        raise _without_hooks(plugin)


def _name_of(plugin: object) -> str:
    return str(getattr(plugin, "__name__", type(plugin).__name__))


def _marked(plugin: object, mark: str) -> list[tuple[str, Any]]:
    """Return the functions of a plugin that a marker has marked, by name."""
    found = ((name, inspect.getattr_static(plugin, name, None)) for name in dir(plugin))
    plain = ((name, getattr(value, "__func__", value)) for name, value in found)
    return [(name, value) for name, value in plain if getattr(value, mark, None)]


def _check(plugin: str, name: str, function: Any) -> None:
    """Check that a function has the name and the arguments of a plugin point.

    Raises:
        ProjectError: It does not; the message lists the valid ones, also for names of Kedro.
    """
    if function.treadle_impl.get("specname"):
        return  # has another name on purpose; pluggy checks it
    if name not in _arguments():
        known = ", ".join(_arguments())
        advice = (
            _KEDRO_HOOKS.get(name) or nearest(name, _arguments(), limit=0).partition("Avail")[0]
        )
        raise ProjectError(
            f"The plugin {plugin} cannot be used: there is no hook {name}.",
            hint=f"{advice} The hooks are: {known}.".strip(),
        )
    known_arguments = _arguments()[name]
    for argument in list(inspect.signature(function).parameters):
        if argument in known_arguments or argument in ("self", "cls"):
            continue
        kedro = _KEDRO_ARGUMENTS.get(argument, "")
        advice = f'Kedro\'s "{argument}" is "{kedro}" here. ' if kedro in known_arguments else ""
        raise ProjectError(
            f'The plugin {plugin} cannot be used: the hook {name} has no argument "{argument}".',
            hint=f"{advice}Its arguments are: {', '.join(known_arguments) or 'none'}.",
        )


@functools.cache
def _arguments() -> dict[str, tuple[str, ...]]:
    """Return the arguments of each plugin point."""
    return {
        name: tuple(inspect.signature(value).parameters)[1:]
        for name, value in vars(Specifications).items()
        if not name.startswith("_")
    }


def _without_hooks(plugin: object) -> ProjectError:
    """Return an error that explains why a plugin is never called, with the line to write."""
    name = _name_of(plugin)
    of_kedro = [one for one, _ in _marked(plugin, "kedro_impl")]
    unmarked = [one for one in _arguments() if callable(getattr(plugin, one, None))]
    first = next((one for one in [*of_kedro, *unmarked] if one in _arguments()), "before_node_run")
    if of_kedro:
        what = f"has only hooks of Kedro: {', '.join(of_kedro)}"
    elif unmarked:
        what = f"has no function that is marked with @hook: {', '.join(unmarked)}"
    else:
        what = "has no hooks"
    arguments = ", ".join(_arguments()[first])
    return ProjectError(
        f"The plugin {name} {what}.",
        hint="Write: from treadle import hook, and @hook above each of its functions, such as "
        f"{first}(self, …) with any of: {arguments}.",
    )


def find_replacing_plugin(hooks: Hooks) -> str:
    """Return the name of a plugin that may replace inputs of nodes; empty if none does."""
    for implementation in hooks.hook.before_node_run.get_hookimpls():
        if implementation.wrapper or implementation.hookwrapper:
            return _name_of(implementation.plugin)
        if _may_return(implementation.function):
            return _name_of(implementation.plugin)
    return ""


def _may_return(function: Callable[..., Any]) -> bool:
    """Return whether a function may return a value; True if its source is not available."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return True
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef):
        return True
    stack: list[ast.AST] = list(definition.body)
    while stack:
        one = stack.pop()
        if isinstance(one, ast.Return) and not _is_none(one.value):
            return True
        if not isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            stack.extend(ast.iter_child_nodes(one))
    return False


def _is_none(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


def _refused(plugin: object, error: Exception) -> ProjectError:
    known = ", ".join(_arguments())
    return ProjectError(
        f"The plugin {_name_of(plugin)} cannot be used: {error}", hint=f"The hooks are: {known}."
    )
