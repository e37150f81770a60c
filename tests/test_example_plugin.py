"""The example of a plugin, as a package that is installed in an environment of its own."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv

import pytest


@pytest.fixture(scope="module")
def environment(tmp_path_factory, repository):
    """An environment with the plugin, beside the packages of this one, made without an index."""
    folder = tmp_path_factory.mktemp("plugin")
    shutil.copytree(repository / "examples/plugin", folder / "source")
    venv.create(folder / "env", symlinks=True)
    python = folder / "env/bin/python"
    (site,) = (folder / "env/lib").glob("python*/site-packages")
    here = sysconfig.get_path("purelib")
    (site / "beside.pth").write_text(f"import site; site.addsitedir({here!r})\n")
    arguments = ["--offline", "--no-deps", "--no-build-isolation", "--python", str(python)]
    subprocess.run(
        [sys.executable, "-m", "uv", "pip", "install", "--quiet", *arguments, folder / "source"],
        check=True,
    )
    shutil.rmtree(folder / "source/src")  # only what is installed counts
    return folder


def run(environment, *arguments, cwd):
    own = {**os.environ, "PATH": f"{environment}/env/bin:{os.environ['PATH']}"}
    return subprocess.run(
        [environment / "env/bin/python", "-m", *arguments],
        cwd=cwd,
        env=own,
        capture_output=True,
        text=True,
    )


def test_its_tests_pass(environment):
    done = run(environment, "pytest", "-q", "-p", "no:cacheprovider", cwd=environment / "source")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout


def test_its_tests_find_a_fault(environment, tmp_path):
    """A format that writes something else than what it reads, with the same tests."""
    (site,) = (environment / "env/lib").glob("python*/site-packages")
    shutil.copytree(site / "treadle_example", tmp_path / "treadle_example")
    broken = tmp_path / "treadle_example/msgpack_format.py"
    text = broken.read_text()
    broken.write_text(text.replace("encode(data,", "encode([data],"))
    assert broken.read_text() != text
    tests = environment / "source/tests"
    done = run(environment, "pytest", "-q", "-p", "no:cacheprovider", tests, cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "TestMsgpackFormat::test_what_is_saved_is_loaded" in done.stdout
    assert "TestSqliteRows::" not in done.stdout


def test_a_flow_runs_with_it_and_not_without_it(environment, treadle, tmp_path):
    shutil.copy(environment / "source/flow.py", tmp_path)
    missing = treadle("run", "flow.py")
    assert missing.code != 0
    assert 'no dataset type "msgpack"' in missing.err
    done = run(environment, "treadle", "run", "flow.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "greeting.msgpack").read_bytes() == b"\x81\xa5hello\xa5world"


def test_the_page_shows_the_tests_of_the_example(repository):
    page = (repository / "docs/how-to/test-plugins.md").read_text()
    tests = (repository / "examples/plugin/tests/test_plugin.py").read_text()
    blocks = re.findall(r"^```python\n.*?^((?:class|def) .*?)^```$", page, re.M | re.S)
    shown = [block for block in blocks if "class TestPlainFormats" not in block]
    assert len(shown) == 3
    assert [block for block in shown if block not in tests] == []
