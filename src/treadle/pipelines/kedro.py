"""Detection of Kedro's own nodes and pipelines, which look like Treadle's but are not."""

from treadle.errors import PipelineError


def check_not_kedro(value: object) -> None:
    """Check that a value is not a node or a pipeline of Kedro.

    Raises:
        PipelineError: It is one; the message has the line to write instead.
    """
    kind = type(value)
    if kind.__module__.partition(".")[0] == "kedro":
        raise PipelineError(
            f"This {kind.__name__} is from Kedro ({kind.__module__}).",
            hint="Import the names from treadle; they take the same arguments:\n"
            "  from treadle import Node, Pipeline, node, pipeline",
        )
