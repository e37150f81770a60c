"""Parses and formats tags on the command line."""

from collections.abc import Mapping, Sequence

import click


def split_tags(tags: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Return the tags to set, and those to delete.

    Raises:
        UsageError: One has neither form.

    Examples:
        >>> split_tags(["team=a", "old-", "note=x=y-"])
        ({'team': 'a', 'note': 'x=y-'}, ['old'])
    """
    wrong = [one for one in tags if "=" not in one and not one.endswith("-")]
    if wrong:
        raise click.UsageError(f'"{wrong[0]}" is neither KEY=VALUE nor KEY-.')
    given = {key: value for key, sign, value in (one.partition("=") for one in tags) if sign}
    return given, [one[:-1] for one in tags if "=" not in one]


def show_tags(tags: Mapping[str, str]) -> str:
    """Format tags as one line."""
    return ", ".join(f"{key}={value}" for key, value in tags.items()) or "No tags."
