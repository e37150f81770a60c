"""The suites for plugins find faults; that they pass without one is tested with Treadle's parts."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

PLUGINS = Path(__file__).with_name("broken_plugins.py")
EXPECTED = {
    "TestSilentExecutor": {
        "test_the_error_of_a_task_is_returned",
        "test_the_error_of_a_node_ends_the_run",
    },
    "TestHalfWritten": {
        "test_the_digest_is_that_of_the_content",
        "test_a_save_that_fails_changes_nothing",
    },
    "TestAnyBytes": {"test_a_damaged_file_is_an_error_that_names_it"},
    "TestWrongChunks": {"test_chunks_are_appended"},
    "TestWithoutNan": {"test_points_are_exact"},
    "TestUnverified": {"test_a_damaged_content_is_an_error"},
}


def test_each_suite_finds_the_faults_and_nothing_else(tmp_path):
    shutil.copy(PLUGINS, tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rfE", "-p", "no:cacheprovider", PLUGINS.name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    found: dict[str, set[str]] = {}
    for suite, test in re.findall(r"^FAILED .*?::(\w+)::(\w+)", done.stdout, re.MULTILINE):
        found.setdefault(suite, set()).add(test)
    assert found == EXPECTED
    assert {*re.findall(r"^ERROR .*?::(\w+)::", done.stdout, re.MULTILINE)} == {"TestUndefined"}
    assert "Define the fixture executor in TestUndefined." in done.stdout
    assert "assert 'ac' == 'ab'" in done.stdout  # assertions of the suites show their values


def test_without_pytest_the_error_says_what_to_install(python):
    done = python("import sys\nsys.modules['pytest'] = None\nimport treadle.testing\n")
    assert done.code == 1
    assert "treadle.testing needs pytest, which is not installed." in done.err
    assert 'Install it with: pip install "treadle[testing]"' in done.err
