"""Small projects, and git for them."""

import subprocess

SMALL = {
    "pyproject.toml": '[project]\nname = "small"\n[tool.treadle]\npackage = "small"\n',
    "src/small/__init__.py": "",
    "src/small/pipelines/__init__.py": "",
}


def write(folder, files):
    """Write files below a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def write_project(folder, nodes, files):
    """Write a project of one pipeline, ``main``."""
    write(folder, {**SMALL, "src/small/pipelines/main.py": nodes, **files})


def git(folder, *arguments, **options):
    """Run git as somebody."""
    return subprocess.run(
        [
            "git",
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b",
            "-c",
            "init.defaultBranch=main",
            *arguments,
        ],
        cwd=folder,
        check=True,
        capture_output=True,
        **options,
    ).stdout


def commit(folder, message="all"):
    """Commit everything, in a new repository where there is none."""
    if not (folder / ".git").exists():
        git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", message)
