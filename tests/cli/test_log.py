import pytest

FLOW = """import logging
from treadle import node

@node(outputs="x")
def speak():
    logging.debug("quiet")
    logging.info("aloud postgresql://me:hunter2@host/db")
    return 1
"""


@pytest.mark.parametrize(
    ("level", "options", "heard"),
    [
        ("", [], []),
        ("", ["--verbose"], ["aloud"]),
        ("info", [], ["aloud"]),
        ("DEBUG", [], ["quiet", "aloud"]),
        ("error", ["--verbose"], []),
    ],
)
def test_what_the_terminal_shows(tmp_path, treadle, monkeypatch, level, options, heard):
    (tmp_path / "flow.py").write_text(FLOW)
    monkeypatch.setenv("TREADLE_LOG_LEVEL", level)
    monkeypatch.setenv("TREADLE_LOG_FILE", str(tmp_path / "all.log"))
    done = treadle("run", "flow.py", *options)
    assert done.code == 0, done
    assert [word for word in ("quiet", "aloud") if word in done.err] == heard
    kept = (tmp_path / "all.log").read_text()
    assert "hunter2" not in kept + done.err
    assert ("INFO root: aloud" in kept, "quiet" in kept) == (True, level == "DEBUG")
    assert "aloud" in treadle("runs", "logs", "latest").out


def test_a_level_or_a_file_that_cannot_be(tmp_path, treadle, monkeypatch):
    monkeypatch.setenv("TREADLE_LOG_FILE", str(tmp_path / "none/all.log"))
    done = treadle("runs")
    assert (done.code, "No such file or directory" in done.err) == (3, True), done
    monkeypatch.setenv("TREADLE_LOG_LEVEL", "loud")
    done = treadle("runs")
    assert (done.code, "not a log level" in done.err) == (3, True), done
