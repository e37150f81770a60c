"""Draws docs/run.svg: what the demo prints of its run. Called by `make picture`."""

import io
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

LINES = 60


def main() -> None:
    """Run the flights project in a fresh folder and draw what is recorded."""
    with tempfile.TemporaryDirectory() as folder:
        treadle = [sys.executable, "-m", "treadle"]
        subprocess.run(
            [*treadle, "new", "flights", "--example", "flights"], cwd=folder, check=True, capture_output=True
        )
        project = Path(folder) / "flights"
        git = ["git", "-c", "user.name=ada", "-c", "user.email=ada@example.org"]
        for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "Start"]):
            subprocess.run([*git, *command], cwd=project, check=True)
        subprocess.run([*treadle, "run"], cwd=project, check=True, capture_output=True)
        shown = subprocess.run(
            [*treadle, "runs", "show", "latest"], cwd=project, check=True, capture_output=True, text=True
        )
    console = Console(record=True, width=112, file=io.StringIO())
    console.print("$ treadle runs show latest", style="bold", highlight=False)
    text = re.sub(r"^(user +).*", r"\1ada", shown.stdout, flags=re.MULTILINE)
    text = re.sub(r"(Linux \d+\.\d+)\S*", r"\1", text)
    for line in text.splitlines()[:LINES]:
        style = "bold" if line.isupper() else ""
        drawn_line = Text(line, style=style)
        drawn_line.highlight_regex(r"\bfinished\b", "green")
        console.print(drawn_line, highlight=False)
    drawn = console.export_svg(title="treadle")
    # No font from elsewhere: the reader's own monospaced one will do.
    drawn = re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL).replace("Fira Code", "ui-monospace")
    drawn = re.sub(r"<!-- .*? -->", "", drawn)
    Path(__file__).with_name("run.svg").write_text(re.sub(r"[ \t]+$", "", drawn, flags=re.MULTILINE), encoding="utf-8")


if __name__ == "__main__":
    main()
