"""Writes the drawings of the packages into docs/explanation/architecture.md.

The docstring of a package ends with a drawing of its modules. Called by `make architecture`.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

SOURCE = Path(__file__).parent.parent / "src" / "treadle"
PAGE = Path(__file__).parent / "explanation" / "architecture.md"
MARK = "<!-- Between these lines: `make architecture`, from the docstrings of the packages. -->\n"


def main() -> None:
    """Write the page with the current docstrings."""
    PAGE.write_text(render(PAGE.read_text()))


def render(page: str) -> str:
    """Return the page with the current docstrings between the two marks."""
    before, _, after = page.split(MARK)
    sections = "\n".join(map(section, packages(SOURCE)))
    return f"{before}{MARK}\n{sections}\n{MARK}{after}"


def packages(folder: Path) -> Iterator[Path]:
    """Yield the folder of a package, and of each package in it, in the order drawn."""
    yield folder
    for name in names(docstring(folder)[1]):
        if name.endswith("/"):
            yield from packages(folder / name)


def section(folder: Path) -> str:
    """Return the docstring of a package as a section of the page."""
    title = "/".join(folder.relative_to(SOURCE.parent).parts)
    text, drawing = docstring(folder)
    return f"### {title}\n\n{text.replace('``', '`')}\n\n```\n{drawing}\n```\n"


def docstring(folder: Path) -> tuple[str, str]:
    """Return the docstring of a package: its text, and the drawing at its end."""
    whole = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""
    text, _, drawing = whole.partition("\n\n    ")
    return text, dedent(f"    {drawing}")


def names(drawing: str) -> list[str]:
    """Return the names of modules in a drawing; those of packages end with a slash."""
    return [
        name
        for line in drawing.splitlines()
        if line
        for name in re.split("  +", line)[0].split(", ")
    ]


if __name__ == "__main__":
    main()
