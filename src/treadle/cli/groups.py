"""Commands that have commands."""

from collections.abc import Mapping
from typing import Any

import click

from treadle.errors import nearest

__all__ = ["CommandGroup"]


class CommandGroup(click.Group):
    """A group that says what there is when a command is mistyped."""

    elsewhere: Mapping[str, str] = {}
    """Commands that other programs have, and what does the same here."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find the command that is meant.

        Raises:
            UsageError: There is none.
        """
        names = self.list_commands(ctx)
        if args and args[0] not in names and not args[0].startswith("-"):
            typed = " ".join([*_names(ctx), args[0]])
            advice = self.elsewhere.get(args[0]) or nearest(args[0], names, limit=20)
            raise click.UsageError(f'There is no command "{typed}". {advice}', ctx)
        return super().resolve_command(ctx, args)


def _names(context: click.Context) -> list[str]:
    """Give what was typed before, less the program's name: ``server``, ``user``."""
    return [*_names(context.parent), context.info_name or ""] if context.parent is not None else []
