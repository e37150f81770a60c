"""What a run was asked to do: one form for each kind of run, created where the run is requested."""

from typing import Any

import msgspec

from treadle.masking import mask_arguments, mask_tree


class PipelineRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The request for a run of a pipeline, as on the command line."""

    target: str = ""
    """The pipeline, or the full path of a file."""
    conf_source: str = ""
    """The folder or archive of the configuration, if not the project's."""
    environment: str = ""
    params: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    from_nodes: tuple[str, ...] = ()
    to_nodes: tuple[str, ...] = ()
    from_inputs: tuple[str, ...] = ()
    to_outputs: tuple[str, ...] = ()
    namespace: tuple[str, ...] = ()
    load_versions: dict[str, str] = {}

    @property
    def conditions(self) -> dict[str, tuple[str, ...]]:
        """The arguments of `Pipeline.filter`."""
        return {
            "nodes": self.nodes,
            "tags": self.tags,
            "from_nodes": self.from_nodes,
            "to_nodes": self.to_nodes,
            "from_inputs": self.from_inputs,
            "to_outputs": self.to_outputs,
            "namespaces": self.namespace,
        }


class ScriptRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The request for a run of a script."""

    target: str
    """The full path of the script."""
    arguments: tuple[str, ...] = ()


class ProjectRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The request for a run of a project of MLflow."""

    target: str
    """The folder or URL."""
    entry_point: str = ""
    version: str = ""
    """The commit; empty for a folder."""
    params: tuple[str, ...] = ()
    shell: bool = False
    """Whether its command may use a shell."""


Request = PipelineRequest | ScriptRequest | ProjectRequest


def mask_request(request: Request) -> dict[str, Any]:
    """Return a request as it is recorded: without secrets."""
    if isinstance(request, ScriptRequest):
        arguments = tuple(mask_arguments(request.arguments))
        request = msgspec.structs.replace(request, arguments=arguments)
    masked: dict[str, Any] = mask_tree(msgspec.structs.asdict(request))
    return masked
