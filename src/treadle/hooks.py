"""Every plugin point of Treadle.

A plugin is a module or an object with functions of these names, marked with `hook`. It takes any
subset of the arguments. Treadle finds plugins by the entry-point group ``treadle``; a project lists
its own in ``[tool.treadle] hooks``; `treadle.run` takes them as ``hooks=[…]``.

The built-in recorder and the built-in dataset formats come through the same door.

Examples:
    >>> from treadle.hooks import hook
    >>> class Announce:
    ...     @hook
    ...     def before_node_run(self, node):
    ...         print("running", node.name)
"""

import functools
from collections.abc import Callable, Iterable, Mapping
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final

import pluggy

from treadle.errors import ProjectError

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["Hooks", "create_hooks", "hook"]

_PROJECT: Final = "treadle"

hook = pluggy.HookimplMarker(_PROJECT)
"""Marks a function of a plugin as the implementation of the plugin point of that name."""

_spec = pluggy.HookspecMarker(_PROJECT)


class Specifications:
    """The plugin points. The class is never used as an object; its methods are the contract."""

    @_spec
    def register_formats(self) -> Mapping[str, str]:  # type: ignore[empty-body]
        """Offer dataset types: short name to ``module:Class`` of a `treadle.catalog.Format`."""

    @_spec
    def register_resolvers(self) -> Mapping[str, Callable[..., Any]]:  # type: ignore[empty-body]
        """Offer resolvers: name to the function that ``${name:argument}`` in the configuration calls."""

    @_spec
    def after_catalog_created(self, catalog: Any) -> None:
        """See the catalog before anything is loaded; entries may be added."""

    @_spec
    def before_pipeline_run(self, plan: Any, run_id: str) -> None:
        """See the plan before its first node runs."""

    @_spec
    def after_pipeline_run(self, plan: Any, run_id: str, outputs: Mapping[str, Any]) -> None:
        """See the outputs that nothing consumed, after every node has run."""

    @_spec
    def on_pipeline_error(self, plan: Any, run_id: str, error: BaseException) -> None:
        """See what ended a run early, Ctrl-C included."""

    @_spec
    def before_node_run(self, node: Any, run_id: str, started: float) -> None:
        """See a node before its inputs are loaded."""

    @_spec
    def after_node_run(self, node: Any, run_id: str, timing: Any) -> None:
        """See a node after its outputs are committed."""

    @_spec
    def after_node_reused(self, node: Any, run_id: str, reason: str, key: str, since: str) -> None:
        """See a node that does not run, because run ``since`` made the same outputs of the same inputs."""

    @_spec
    def on_node_error(self, node: Any, run_id: str, timing: Any, error: BaseException) -> None:
        """See what ended a node early, Ctrl-C included."""

    @_spec
    def before_dataset_loaded(self, name: str, dataset: Any, node: Any) -> None:
        """See a dataset before a node reads it."""

    @_spec
    def after_dataset_loaded(self, name: str, dataset: Any, node: Any, data: Any, run_id: str) -> None:
        """See what a node is about to read."""

    @_spec
    def before_dataset_saved(self, name: str, dataset: Any, node: Any, data: Any) -> None:
        """See what a node is about to write; a raise here refuses it."""

    @_spec
    def after_dataset_saved(self, name: str, dataset: Any, node: Any, data: Any, run_id: str) -> None:
        """See what a node has written; it is committed. ``data`` is None for streamed outputs."""


Hooks = pluggy.PluginManager
"""The registered plugins of one session; ``hooks.hook.<name>(…)`` calls all of them."""


def create_hooks(plugins: "Iterable[object | ModuleType]" = (), *, installed: bool = False) -> Hooks:
    """Register plugins, each checked against the specifications.

    Args:
        plugins: Modules or objects.
        installed: Also load the plugins of installed packages (entry-point group ``treadle``).

    Raises:
        ProjectError: A plugin implements an unknown hook or asks for an unknown argument.
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
    """Load the plugins of installed packages, once: looking through a large environment takes a while."""
    return tuple(point.load() for point in metadata.entry_points(group=_PROJECT))


def _register(hooks: Hooks, plugin: object) -> None:
    if isinstance(plugin, type):
        raise ProjectError(
            f"The plugin {plugin.__name__} is a class.", hint=f"Register an object of it: {plugin.__name__}()."
        )
    try:
        hooks.register(plugin)
    except pluggy.PluginValidationError as error:
        raise _refused(plugin, error) from error


def _refused(plugin: object, error: Exception) -> ProjectError:
    name = getattr(plugin, "__name__", type(plugin).__name__)
    known = ", ".join(n for n in vars(Specifications) if not n.startswith("_"))
    return ProjectError(f"The plugin {name} cannot be used: {error}", hint=f"The hooks are: {known}.")
