"""Prompts, which MLflow stores as registered models with a tag; other tags hold their texts."""

from collections.abc import Mapping
from typing import Final

from treadle.server.mlflow.errors import invalid
from treadle.store.search.tree import Field

_TAG: Final = "mlflow.prompt.is_prompt"
_TEXT: Final = "mlflow.prompt.text"
_OWN: Final = frozenset({_TAG, _TEXT, "_mlflow_prompt_type"})
_SOURCES: Final = frozenset({"dummy-source", "prompt-template"})

IS_PROMPT: Final = Field("tags", _TAG)
"""The field by which a search selects prompts."""


def is_prompt(tags: Mapping[str, str]) -> bool:
    """Return whether these are the tags of a prompt, or of a version of one."""
    return tags.get(_TAG, "").lower() == "true"


def check_prompt_source(source: str) -> None:
    """Reject a source that a client would load: a prompt version's content is only in its tags."""
    if source not in _SOURCES:
        raise invalid(
            f"Invalid prompt source: '{source[:200]}'. Prompt sources must use an MLflow "
            "placeholder."
        )


def template_of(tags: Mapping[str, str]) -> str | None:
    """Return the text of a version of a prompt."""
    return tags.get(_TEXT)


def describe_prompt(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags that users set, without those that mark a prompt."""
    return {key: value for key, value in tags.items() if key not in _OWN}
