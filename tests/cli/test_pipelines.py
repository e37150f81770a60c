"""Pipelines by name: several, compositions, the default.

And what is used here in place of Kedro's options.
"""

import pytest
from tests.projects import write, write_project

FILES = {
    "src/small/pipelines/prepare.py": "from treadle import node\n@node(outputs='a', tags='x')\n"
    "def make_a(): return 1\n",
    "src/small/pipelines/train.py": "from treadle import node, param\n"
    "@node(outputs='b')\n"
    "def make_b(a, c=param('c')): return a\n",
    "src/small/pipelines/report.py": "from treadle import node\n"
    "@node(outputs='d')\n"
    "def make_d(): return 3\n",
    "conf/base/parameters.yml": "c: 1\n",
    "conf/prod/parameters.yml": "c: 7\n",
}
COMPOSED = (
    '[project]\nname = "small"\n[tool.treadle]\npackage = "small"\n[tool.treadle.pipelines]\n'
    'default = ["all_of_it"]\nall_of_it = ["prepare", "train"]\nreport = ["report", "prepare"]\n'
    'everything = "*"\n'
)


@pytest.fixture
def project(tmp_path, treadle):
    write_project(tmp_path, "", FILES)
    (tmp_path / "src/small/pipelines/main.py").unlink()

    def call(*arguments, **options):
        return treadle(*arguments, cwd=tmp_path, **options)

    return call


def nodes_of(project, *target):
    done = project("plan", *target, "--json")
    assert done.code == 0, done
    return [one["name"] for one in done.json]


def test_several_pipelines_by_name(project, tmp_path):
    assert nodes_of(project, "prepare,train") == ["make_a", "make_b"]
    assert nodes_of(project) == ["make_a", "make_d", "make_b"]
    done = project("run", "prepare, train")
    assert (done.code, "2 nodes" in done.out) == (0, True), done
    unknown = project("run", "prepare,trian")
    assert (
        unknown.code,
        'There is no pipeline "trian".\nDid you mean "train"?' in unknown.err,
    ) == (4, True)
    apart = project("run", "prepare", "train")
    assert (apart.code, "separated by commas: treadle run prepare,train" in apart.err) == (2, True)


def test_compositions_and_the_default(project, tmp_path):
    write(tmp_path, {"pyproject.toml": COMPOSED})
    assert nodes_of(project) == ["make_a", "make_b"]
    assert nodes_of(project, "report") == ["make_d", "make_a"]
    assert (
        nodes_of(project, "everything") == nodes_of(project, "*") == ["make_a", "make_d", "make_b"]
    )
    assert nodes_of(project, "train,default") == ["make_a", "make_b"]
    done = project("run", "all_of_it")
    assert done.code == 0, done
    assert project("runs", "--json").json[0]["name"] == "all_of_it"


@pytest.mark.parametrize(
    ("pipelines", "message"),
    [
        (
            'default = ["prepare", "trian"]',
            (
                'There is no pipeline "trian", which [tool.treadle.pipelines] names in "default".\n'
                'Did you mean "train"?'
            ),
        ),
        ('x = ["y"]\ny = ["x"]\ndefault = "x"', "contain themselves: default → x → y → x."),
        ("default = 3", "[tool.treadle] is wrong"),
    ],
)
def test_compositions_that_are_wrong(project, tmp_path, pipelines, message):
    write(tmp_path, {"pyproject.toml": COMPOSED.partition("default")[0] + pipelines + "\n"})
    done = project("run")
    assert done.code in (4, 7)
    assert message in done.err, done


def test_pipelines_are_listed(project, tmp_path):
    write(
        tmp_path,
        {"pyproject.toml": COMPOSED, "src/small/pipelines/wrong.py": "import nothing_like_that\n"},
    )
    done = project("pipelines")
    assert done.code == 0, done
    assert "default = all_of_it" not in done.out
    assert "default = prepare, train (runs if none is named)  2" in done.out
    assert (
        "cannot be loaded: The pipeline module small.pipelines.wrong cannot be imported" in done.out
    )
    listed = {one["name"]: one for one in project("pipelines", "--json").json}
    assert listed["prepare"]["nodes"] == [
        {"name": "make_a", "inputs": [], "outputs": ["a"], "tags": ["x"], "namespace": ""}
    ]
    assert (
        listed["default"]["kind"],
        listed["default"]["is_default"],
        listed["default"]["modules"],
    ) == (
        "composition",
        True,
        ["prepare", "train"],
    )
    assert "nothing_like_that" in listed["wrong"]["error"]
    shown = project("pipelines", "train")
    assert shown.out.splitlines()[1].split() == ["make_b", "a,", "params:c", "b"]
    assert project("pipelines", "train", "--json").json[0]["name"] == "make_b"


def test_the_environment_comes_from_a_variable(project):
    done = project("run", "prepare,train", environment={"TREADLE_ENV": "prod"})
    assert done.code == 0, done
    (run,) = project("runs", "--json").json
    assert run["params"] == {"c": 7}
    wanted = project("run", "prepare,train", "--env", "local", environment={"TREADLE_ENV": "prod"})
    assert wanted.code == 0
    assert project("runs", "--json").json[0]["params"] == {"c": 1}
    wrong = project("plan", environment={"TREADLE_ENV": "prd"})
    assert (wrong.code, 'Did you mean "prod"?' in wrong.err) == (3, True)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (["--pipeline", "train"], "A pipeline is named without an option: treadle run NAME."),
        (["--pipelines=a,b"], "Pipelines are named without an option: treadle run NAME,NAME."),
        (["--runner", "ParallelRunner"], "there are no other runners"),
        (["--async"], "loaded and saved one after another"),
        (["--only-missing-outputs"], "Leave it out: a run makes only what is missing"),
        (["--config", "run.yml"], "[tool.treadle.pipelines]"),
        (["-p", "data_science"], "A pipeline is named without an option: treadle run data_science"),
        (["--params", "lr:0.5"], "Write lr=0.5."),
        (["--tag s", "x"], 'There is no option "--tag s".'),
        (["--from-node", "x"], 'Did you mean "--from-nodes"?'),
        (["--nonsense"], 'There is no option "--nonsense". "'),
    ],
)
def test_what_is_written_instead_of_an_option_that_is_not_there(project, typed, words):
    done = project("run", *typed)
    assert done.code in (2, 3)
    assert words in done.err, done
    assert "--tags" not in done.err or "--async" not in typed


def test_short_and_other_spellings_of_options(project):
    assert nodes_of(project, "-t", "x") == ["make_a"]
    assert nodes_of(project, "-n", "make_d") == ["make_d"]
    assert nodes_of(project, "-nmake_d") == ["make_d"]
    for option in ("--namespace", "--namespaces", "-ns"):
        done = project("plan", option, "none")
        assert (done.code, 'There is no namespace "none"' in done.err) == (4, True), done
    versions = project("plan", "-lv", "a:2020-01-01T00.00.00.000Z")
    assert (versions.code, 'A version of "a" was asked for' in versions.err) == (5, True), versions


def test_commands_of_kedro(project):
    assert '"treadle pipelines" lists pipelines' in project("registry", "list").err
    assert "treadle.open_project()" in project("ipython").err


def test_two_modules_that_write_one_dataset(project, tmp_path):
    write(tmp_path, {"src/small/pipelines/other.py": FILES["src/small/pipelines/report.py"]})
    done = project("run")
    assert done.code == 4
    assert (
        'The pipelines "other" and "report" both write "d", by the nodes "make_d" and "make_d".'
        in done.err
    )
    assert project("run", "report").code == 0
    shared = (
        "from small.pipelines.report import make_d\n"
        "from treadle import pipeline\n"
        "pipeline = pipeline([make_d])\n"
    )
    write(tmp_path, {"src/small/pipelines/other.py": shared})
    assert "make_d" in nodes_of(project)  # one and the same node in two modules


def test_the_time_is_the_one_that_was_waited(project, tmp_path):
    slow = "import math\nsum(math.sqrt(number) for number in range(20_000_000))\n"
    write(tmp_path, {"src/small/__init__.py": slow})
    done = project("run", "prepare")
    assert done.code == 0, done
    import re

    number, unit = re.search(r"Finished in ([\d.]+) (ms|s)\b", done.out).groups()
    (run,) = project("runs", "--json").json
    assert float(number) / (1000 if unit == "ms" else 1) > run["ended"] - run["started"] + 0.3
