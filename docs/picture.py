"""Draws the pictures of docs/pictures: commands and what they print. Called by `make picture`."""

import io
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

OUT = Path(__file__).with_name("pictures")
LINES = 34
WIDTH = 112
GOOD = r"\b(finished|reused|restored|identical)\b"
BAD = r"\b(failed|killed|changed|different)\b"


def main() -> None:
    """Run the flights project in a fresh folder, change it, and draw what four commands print."""
    with tempfile.TemporaryDirectory() as folder:
        call(
            [sys.executable, "-m", "treadle", "new", "flights", "--example", "flights"],
            Path(folder),
        )
        project = Path(folder) / "flights"
        git = ["git", "-c", "user.name=ada", "-c", "user.email=ada@example.org"]
        for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "Start"]):
            call([*git, *command], project)
        treadle(project, "run")
        parameters = project / "conf" / "base" / "parameters.yml"
        parameters.write_text(parameters.read_text().replace("depth: 6", "depth: 8"))
        draw(project, "plan")
        draw(project, "run")
        draw(project, "runs", "show", "latest")
        draw(project, "diff", first_run(project), "latest")


def call(command: list[str], folder: Path) -> str:
    """Run a command, and return what it prints."""
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout or done.stderr


def treadle(project: Path, *arguments: str) -> str:
    """Run a command of Treadle in the project, and return what it prints."""
    return call([sys.executable, "-m", "treadle", *arguments], project)


def first_run(project: Path) -> str:
    """Return the short id of the project's oldest run."""
    return re.findall(r"\b[0-9a-f]{8}\b", treadle(project, "runs"))[-1]


def draw(project: Path, *arguments: str) -> None:
    """Draw one command as docs/pictures/<command>.svg."""
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(f"$ treadle {' '.join(arguments)}", style="bold", highlight=False)
    text = re.sub(r"^(user +).*", r"\1ada", treadle(project, *arguments), flags=re.MULTILINE)
    text = re.sub(r"(Linux \d+\.\d+)\S*", r"\1", text).replace(str(project), "flights")
    for line in text.splitlines()[:LINES]:
        drawn_line = Text(line, style="bold" if line.isupper() else "")
        drawn_line.highlight_regex(GOOD, "green")
        drawn_line.highlight_regex(BAD, "red")
        console.print(drawn_line, highlight=False)
    drawn = console.export_svg(title="treadle", unique_id=f"treadle-{arguments[0]}")
    # No font from elsewhere: the reader's own monospaced one will do.
    drawn = re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL).replace(
        "Fira Code", "ui-monospace"
    )
    drawn = re.sub(r"<!-- .*? -->", "", drawn)
    OUT.mkdir(exist_ok=True)
    name = "show" if "show" in arguments else arguments[0]
    (OUT / f"{name}.svg").write_text(
        re.sub(r"[ \t]+$", "", drawn, flags=re.MULTILINE), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
