"""Which pipelines a project has, and what is said of modules that have none."""

import pytest
from tests.projects import SMALL, write, write_project

KEDRO = """from treadle import node, pipeline
def one():
    return 1
def create_pipeline(**kwargs):
    return pipeline([node(one, None, "%s", cache=True)])
"""


@pytest.fixture
def packages(tmp_path):
    files = {
        "src/small/pipelines/de/__init__.py": "",
        "src/small/pipelines/de/pipeline.py": KEDRO % "first",
        "src/small/pipelines/ds.py": KEDRO % "second",
        "conf/base/catalog.yml": "first: {type: json, filepath: a.json}\n"
        "second: {type: json, filepath: b.json}\n",
    }
    write(tmp_path, {**SMALL, **files})
    return tmp_path


def test_a_package_with_an_empty_init_is_read_from_its_module_pipeline(packages, treadle):
    done = treadle("run", cwd=packages)
    assert done.code == 0, done
    assert "Outputs: first, second" in done.out
    assert done.err.count("has no pipeline") == 0
    assert "Outputs: first" in treadle("run", "de", cwd=packages).out


def test_a_module_without_a_pipeline_is_named(packages, treadle):
    write(packages, {"src/small/pipelines/de/pipeline.py": "rows = 3\n"})
    runs = [treadle("run", cwd=packages) for _ in range(2)]  # the second one imports nothing
    assert "1 reused" in runs[1].out
    for done in (*runs, treadle("plan", cwd=packages)):
        assert done.code == 0, done
        assert "small.pipelines.de has no pipeline, and nothing of it is run." in done.err
        assert "small.pipelines.de.pipeline" in done.err
    refused = treadle("run", "de", cwd=packages)
    assert (refused.code, refused.out) == (4, "")
    assert "small.pipelines.de has no pipeline.\nLooked in" in refused.err
    assert "create_pipeline" in refused.err


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("def create_pipeline():\n    return {}['missing']\n", 7, "failed: KeyError: 'missing'"),
        ("def create_pipeline(rows, *, more):\n    pass\n", 4, "requires arguments (rows, more)"),
        ("def create_pipeline():\n    return 3\n", 4, "returned a int, not a pipeline"),
    ],
)
def test_what_create_pipeline_does_wrong_is_one_error(packages, treadle, text, code, said):
    write(packages, {"src/small/pipelines/ds.py": text})
    done = treadle("run", "ds", cwd=packages)
    assert done.code == code
    assert said in done.err
    line = 2 if "KeyError" in said else 1
    assert f"at src/small/pipelines/ds.py:{line}" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("code", "setting", "words"),
    [
        (
            "1 / 0\n",
            "small.plug",
            [
                (
                    'The plugin "small.plug" of [tool.treadle] hooks cannot be imported: '
                    "ZeroDivisionError"
                ),
                "plug.py:1: 1 / 0",
            ],
        ),
        (
            "class Watch: pass\n",
            "small.plug:Watch",
            ["is a class, and not an object of it.", 'hooks = ["small.plug:watch"]'],
        ),
        (
            "class Watch: pass\nwatch = Watch()\n",
            "small.plug:watch",
            ["The plugin Watch has no hooks."],
        ),
        ("def f(:\n", "small.plug", ["SyntaxError", "plug.py:1"]),
    ],
)
def test_a_plugin_of_the_project_that_cannot_be_used(treadle, tmp_path, code, setting, words):
    settings = SMALL["pyproject.toml"] + f'hooks = ["{setting}"]\n'
    write_project(tmp_path, "", {"src/small/plug.py": code, "pyproject.toml": settings})
    done = treadle("run")
    assert done.code == 7
    assert "Traceback" not in done.err
    assert all(word in done.err for word in words), done


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("raise RuntimeError('half of it is missing')", "RuntimeError: half of it is missing"),
        ("import nothing_there", "No module named 'nothing_there'"),
    ],
)
def test_a_broken_plugin_of_an_installed_package(treadle, tmp_path, code, words):
    write(
        tmp_path,
        {
            "site/broken.py": code,
            "site/broken_thing-1.0.dist-info/METADATA": "Metadata-Version: 2.1\n"
            "Name: broken-thing\n"
            "Version: 1.0\n",
            "site/broken_thing-1.0.dist-info/entry_points.txt": "[treadle]\nb = broken:plugin\n",
            "flow.py": "from treadle import node\n@node(outputs='a')\ndef made(): return 1\n",
        },
    )
    done = treadle("run", "flow.py", environment={"PYTHONPATH": str(tmp_path / "site")})
    assert done.code == 7
    assert (
        'The plugin "broken:plugin" of the installed package broken-thing cannot be loaded'
        in done.err
    )
    assert words in done.err
    assert "pip uninstall broken-thing" in done.err
    assert "Traceback" not in done.err


def test_a_module_that_a_library_no_longer_has_is_not_to_be_installed(packages, treadle):
    text = "import json\nimport json.extras.nothing\n"
    write(packages, {"src/small/pipelines/de/pipeline.py": text})
    done = treadle("run", cwd=packages)
    assert "json is installed, and has no json.extras" in done.err
    assert "pip install" not in done.err
