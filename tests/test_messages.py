"""All messages that a user can get, in one file that is read at once: ``tests/messages.txt``.

``TREADLE_WRITE_MESSAGES=1 pytest tests/test_messages.py`` writes it anew.
"""

import ast
import difflib
import functools
import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SNAPSHOT = Path(__file__).with_name("messages.txt")
WRITES = "TREADLE_WRITE_MESSAGES" in os.environ
LEVELS = {"debug", "info", "warning", "error", "exception"}
PHRASES = (
    "it is no ",
    " are not texts",
    "fulfil",
    "nothing gives",
    "is said",
    "give the ",
    "gives nothing",
    " lies ",
    " stands ",
    "in the bin",
    "is over",
    "behind it",
    "whoever",
    "somebody",
)
"""What no message has: the field has other words for it."""


def render(node: ast.AST | None) -> str:
    """Return a text as it is in the source, with what is filled in between braces."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else repr(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(map(render, node.values))
    if isinstance(node, ast.FormattedValue):
        return f"{{{shorten(node.value)}}}"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return render(node.left) + render(node.right)
    if isinstance(node, ast.IfExp):
        return f"{render(node.body)} | {render(node.orelse)}"
    if isinstance(node, ast.BoolOp):
        return " | ".join(map(render, node.values))
    return f"{{{shorten(node)}}}" if node is not None else ""


def shorten(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 40 else f"{text[:37]}…"


def has_words(text: str) -> bool:
    return " " in text and not text.startswith("{")


def messages_of(call: ast.Call) -> list[str]:
    """Return the texts of an error that is made, of a hint, or of a line of a log."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    hints = [f"  hint: {render(one.value)}" for one in call.keywords if one.arg == "hint"]
    is_log = (
        isinstance(call.func, ast.Attribute)
        and name in LEVELS
        and shorten(call.func.value) in ("_log", "log")
    )
    if not is_log and not name.endswith("Error"):
        return [hint for hint in hints if has_words(hint.removeprefix("  hint: "))]
    texts = [render(one) for one in call.args]
    kind = "log" if is_log else name
    return [f"{kind}: {text}" for text in texts if has_words(text)] + hints


@functools.cache
def messages() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "src" / "treadle").rglob("*.py")):
        calls = [one for one in ast.walk(ast.parse(path.read_text())) if isinstance(one, ast.Call)]
        calls.sort(key=lambda one: (one.lineno, one.col_offset))
        texts = [text for call in calls for text in messages_of(call)]
        if texts:
            found[path.relative_to(ROOT / "src").with_suffix("").as_posix().replace("/", ".")] = (
                texts
            )
    return found


def test_the_messages_are_those_that_were_read():
    lines = [
        line
        for module, texts in messages().items()
        for line in (module, *(f"  {text}" for text in texts), "")
    ]
    written = "\n".join(" ".join(line.split("\n")) for line in lines)
    if WRITES:
        SNAPSHOT.write_text(written, encoding="utf-8")
    known = SNAPSHOT.read_text(encoding="utf-8")
    changed = [*difflib.unified_diff(known.splitlines(), written.splitlines(), lineterm="", n=0)]
    assert not changed, "\n".join(
        [*changed, "Read them, and write the file anew: TREADLE_WRITE_MESSAGES=1"]
    )


@pytest.mark.parametrize("phrase", PHRASES)
def test_no_message_has_a_phrase_that_the_field_does_not_use(phrase):
    found = [text for texts in messages().values() for text in texts if phrase in f"{text} "]
    assert found == []


VERBS = ("Bring", "Give", "Keep", "Let", "Refuse", "Say", "Take", "Tell")
WORDS = ("in the bin", "fulfil", "whoever", "is told by", "is said", "of what it was made of")


def docstrings(*folders):
    for path in sorted(path for one in folders for path in (ROOT / one).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
                text = ast.get_docstring(node) or ""
                yield f"{path.relative_to(ROOT)}: {getattr(node, 'name', 'module')}", text


def test_docstrings_say_in_the_words_of_the_field_what_things_do():
    begins = re.compile(rf"(?:{'|'.join(VERBS)})s?\b")
    everywhere = docstrings("src/treadle", "tests", "benchmarks", "docs", "examples")
    assert [name for name, text in everywhere if begins.match(text)] == []
    ours = docstrings("src/treadle")
    assert [name for name, text in ours if any(word in text.lower() for word in WORDS)] == []
