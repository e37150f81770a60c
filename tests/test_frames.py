import click
import pytest

from treadle.errors import NodeError
from treadle.frames import describe_frames, format_error, is_library


def caught(code, filename):
    try:
        exec(compile(code, filename, "exec"), {})
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        (click.__file__, True),
        (pytest.__file__, True),
        ("<frozen importlib._bootstrap>", True),
        (describe_frames.__code__.co_filename, True),
        (__file__, False),
        ("<stdin>", False),
    ],
)
def test_whose_a_file_is(filename, expected):
    assert is_library(filename) is expected


def test_own_lines_come_outermost_first_without_those_of_libraries(tmp_path):
    code = "import json\ndef read(text):\n    return json.loads(text)\nread('{')\n"
    (tmp_path / "own.py").write_text(code)
    error = caught(code, str(tmp_path / "own.py"))
    lines = describe_frames(error).split("\n")
    assert lines[-2:] == [
        "  at own.py:4: read('{')",
        "  at own.py:3 in read: return json.loads(text)",
    ]


def test_of_many_lines_those_in_the_middle_are_left_out(tmp_path):
    code = "def dive(n):\n    return dive(n - 1) if n else 1 / 0\ndive(20)\n"
    (tmp_path / "deep.py").write_text(code)
    lines = describe_frames(caught(code, str(tmp_path / "deep.py"))).split("\n")[1:]
    assert len(lines) == 5
    assert lines[1] == "  … 19 more lines of yours"


def test_a_line_that_is_not_python_is_shown(tmp_path):
    error = caught("x = (\n", str(tmp_path / "wrong.py"))
    assert describe_frames(error).endswith("\n  at wrong.py:1: x = (")


def test_a_traceback_begins_at_the_users_code():
    @click.command()
    def command():
        try:
            raise KeyError("cause")
        except KeyError as error:
            raise NodeError("failed") from error

    with pytest.raises(NodeError) as failed:
        command.main([], standalone_mode=False)
    text = format_error(failed.value)
    assert "click" not in text
    assert "NodeError" not in text  # it explains its cause, and is printed by itself
    assert text.endswith("KeyError: 'cause'\n")
