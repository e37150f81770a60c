"""Separates a script's own arguments from the options of ``treadle run``."""

import shlex
from pathlib import Path

import click

_AS_SCRIPT = "--script"


def find_file(target: str | None) -> Path | None:
    """Return the path of a target that is a file, not the name of a pipeline."""
    if target and (target.endswith(".py") or Path(target).is_file()):
        return Path(target)
    return None


class ScriptCommand(click.Command):
    """A command whose first argument may be a script: everything after it belongs to the script."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command line.

        Raises:
            UsageError: A file of nodes got arguments as if it were a script.
        """
        before, rest = self._split(ctx, args)
        path = find_file(rest[0]) if rest else None
        if path is None:
            return super().parse_args(ctx, args)
        from treadle.project.single_file import has_nodes

        if _AS_SCRIPT in before or not has_nodes(path):
            own = rest[2:] if rest[1:2] == ["--"] else rest[1:]
            end = [] if before[-1:] == ["--"] else ["--"]
            return super().parse_args(ctx, [*before, *end, rest[0], *own])
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise click.UsageError(
                f"{path} has nodes and runs as a pipeline, which has no option "
                f'"{error.option_name}".'
                f" To run it as a script: treadle run {_AS_SCRIPT} {shlex.join(rest)}",
                ctx,
            ) from error

    def _split(self, ctx: click.Context, args: list[str]) -> tuple[list[str], list[str]]:
        """Split arguments at the first one that is not part of an option."""
        ctx.allow_interspersed_args = False
        try:
            found, _, _ = self.make_parser(ctx).parse_args([*args])
        except click.NoSuchOption:
            return args, []  # reported by the real parser
        finally:
            ctx.allow_interspersed_args = True
        # click's own value for missing arguments differs between its versions.
        arguments = found.get("arguments")
        count = int(isinstance(found.get("target"), str))
        count += len(arguments) if isinstance(arguments, list | tuple) else 0
        return args[: len(args) - count], args[len(args) - count :]
