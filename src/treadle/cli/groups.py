"""Command groups."""

from collections.abc import Mapping
from typing import Any

import click

from treadle.errors import nearest


class CommandGroup(click.Group):
    """A group that suggests commands when one is mistyped."""

    elsewhere: Mapping[str, str] = {}
    """Commands of other programs, with their equivalents here."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find the command that is meant.

        Raises:
            UsageError: There is no such command.
        """
        names = self.list_commands(ctx)
        if args and args[0] not in names and not args[0].startswith("-"):
            typed = " ".join([*_names(ctx), args[0]])
            advice = self.elsewhere.get(args[0]) or nearest(args[0], names, limit=20)
            raise click.UsageError(f'There is no command "{typed}". {advice}', ctx)
        return super().resolve_command(ctx, args)


def _names(context: click.Context) -> list[str]:
    """Return the parent commands, without the program's name: ``server``, ``user``."""
    return [*_names(context.parent), context.info_name or ""] if context.parent is not None else []
