"""MLproject files, as MLflow's users have them."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.projects import write

from treadle.errors import ParameterError, ProjectError
from treadle.interop.mlflow.command import make_command
from treadle.interop.mlflow.mlproject import read_mlproject
from treadle.interop.mlflow.packages import find_packages

FILE = """
name: tutorial
python_env: python_env.yaml
entry_points:
  main:
    parameters:
      alpha: float
      data: {type: path, default: data.csv}
      where: {type: uri, default: "s3://bucket/x"}
      depth: {type: float, default: 3}
    command: "python train.py --a {alpha} {data}"
"""


@pytest.fixture
def folder(tmp_path):
    write(
        tmp_path / "p",
        {
            "mlproject": FILE,
            "python_env.yaml": "python: '3.11'\n",
            "data.csv": "1\n",
            "train.py": "",
        },
    )
    return tmp_path / "p"


def test_a_project_is_read(folder, tmp_path):
    project = read_mlproject(folder)
    assert (project.name, project.python_env, list(project.entry_points)) == (
        "tutorial",
        "python_env.yaml",
        ["main"],
    )
    point = project.entry_point("main")
    (tmp_path / "mine.csv").write_text("2")
    assert point.values({"alpha": "1e-3", "data": "mine.csv", "more": "x"}, folder, tmp_path) == {
        "alpha": "1e-3",
        "data": str(tmp_path / "mine.csv"),
        "where": "s3://bucket/x",
        "depth": "3",
        "more": "x",
    }
    assert point.values({"alpha": "2"}, folder, tmp_path)["data"] == str(folder / "data.csv")
    assert project.entry_point("train.py").command == "python train.py"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, '"main" needs "alpha"'),
        ({"alpha": "much"}, '"alpha" is a float'),
        ({"alpha": "1", "data": "gone.csv"}, "there is no"),
        ({"alpha": "1", "where": "bucket"}, "has no scheme"),
    ],
)
def test_parameters_are_checked(folder, tmp_path, given, message):
    with pytest.raises(ParameterError, match=message):
        read_mlproject(folder).entry_point("main").values(given, folder, tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("entry_points: [", "is not valid YAML"),
        ("- a\n", "is a mapping"),
        ("nmae: x\n", 'Did you mean "name"'),
        ("python_env: a.yaml\nconda_env: b.yaml\n", "two environments"),
        ("docker_env: {image: x}\n", "does not run"),
        ("python_env: ../../etc/passwd\n", "not a file of the project"),
        ("entry_points: {main: {}}\n", "has no command"),
        ("entry_points: {main: python x.py}\n", "is a mapping"),
    ],
)
def test_a_wrong_file_is_explained(tmp_path, text, message):
    (tmp_path / "MLproject").write_text(text)
    with pytest.raises(ProjectError, match=message) as caught:
        read_mlproject(tmp_path)
    assert message in str(caught.value)


def test_an_unknown_entry_point_is_explained(folder):
    with pytest.raises(ProjectError) as caught:
        read_mlproject(folder).entry_point("mian")
    assert 'Did you mean "main"?' in str(caught.value)
    with pytest.raises(ProjectError):
        read_mlproject(folder).entry_point("../outside.py")
    with pytest.raises(ProjectError, match="There is no folder"):
        read_mlproject(folder / "nowhere")


@pytest.mark.parametrize(
    ("files", "python", "requirements", "foreign"),
    [
        (
            {
                "python_env.yaml": "python: 3.11.4\n"
                "build_dependencies: [pip]\n"
                "dependencies: [a==1, -r more.txt]\n"
            },
            "3.11.4",
            ["pip", "a==1", "-r {folder}/more.txt"],
            [],
        ),
        (
            {
                "conda.yaml": "channels: [conda-forge]\ndependencies: [python=3.10, pip, "
                "numpy=1.26, conda-forge::scipy>=1, "
                "{pip: [mlflow, b==2]}]\n"
            },
            "3.10",
            ["numpy==1.26.*", "scipy>=1", "mlflow", "b==2"],
            ["numpy", "scipy"],
        ),
        ({"requirements.txt": "x\n"}, "", ["-r {folder}/requirements.txt"], []),
        (
            {"python_env.yaml": "dependencies: [a]\n", "conda.yaml": "dependencies: [b]\n"},
            "",
            ["a"],
            [],
        ),
    ],
)
def test_packages_are_found(tmp_path, files, python, requirements, foreign):
    write(tmp_path, files)
    found = find_packages(read_mlproject(tmp_path))
    assert (found.python, found.foreign) == (python, foreign)
    assert found.requirements == [one.format(folder=tmp_path) for one in requirements]


def test_where_no_packages_are_named_there_are_none(tmp_path):
    assert find_packages(read_mlproject(tmp_path)) is None


@pytest.mark.parametrize("line", ["--index-url=http://evil", "a\\n--pre", "-e ."])
def test_options_of_pip_are_not_taken(tmp_path, line):
    (tmp_path / "python_env.yaml").write_text(f'dependencies: ["{line}"]\n')
    with pytest.raises(ProjectError):
        find_packages(read_mlproject(tmp_path))


@pytest.mark.parametrize(
    ("template", "values", "arguments"),
    [
        ("python train.py {a}", {"a": "x y"}, ["python", "train.py", "x y"]),
        (
            "python train.py --a={a} 'q r'",
            {"a": "1; ls"},
            ["python", "train.py", "--a=1; ls", "q r"],
        ),
        ('python train.py "{a}"', {"a": '"$(ls)'}, ["python", "train.py", '"$(ls)']),
        ("run {a} {b}", {"a": "{b}", "b": "\0000\0"}, ["run", "{b}", "\0000\0"]),
        ("run", {"learning-rate": "1"}, ["run", "--learning-rate", "1"]),
        ("python -c 'print(1); x = {{}}'", {}, ["python", "-c", "print(1); x = {}"]),
        (
            "python a.py \\\n  --trainer.max_epochs={n} \\\r\n  --b {b} \\\n",
            {"n": "2", "b": "x \\\n y"},
            ["python", "a.py", "--trainer.max_epochs=2", "--b", "x \\\n y"],
        ),
    ],
)
def test_a_parameter_fills_its_place_and_no_other(template, values, arguments):
    assert make_command(template, values).arguments == arguments


@pytest.mark.parametrize(
    "template",
    [
        "a && b",
        "a | b",
        "a > f",
        "a; b",
        "cd x",
        "A=1 python x",
        "echo $HOME",
        'echo "$HOME"',
        "a `b`",
        "ls *.py",
        "a\nb",
        "a 'b\\\nc'",
    ],
)
def test_what_needs_a_shell_gets_none_unasked(template):
    with pytest.raises(ProjectError, match="needs a shell"):
        make_command(template, {})
    assert make_command(template, {}, shell=True).arguments == ["bash", "-c", template]


def test_a_command_that_cannot_be_read_is_refused():
    with pytest.raises(ProjectError, match="cannot be parsed"):
        make_command("python 'x", {})
    with pytest.raises(ProjectError, match="cannot be read"):
        make_command("python {x", {"x": "1"})
    with pytest.raises(ParameterError, match='a parameter "y" that is not there'):
        make_command("python {y}", {"x": "1"})


TEXT = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=20)


@given(values=st.fixed_dictionaries({"a": TEXT, "b": TEXT, "c": TEXT}))
def test_no_value_becomes_a_part_of_a_command_in_a_shell(values):
    """In every kind of quotes, and appended."""
    template = "true && printf '%s\\0' {a} \"<{a}>\" '[{b}]' x{b}y"
    made = make_command(template, values, shell=True)
    done = subprocess.run(made.arguments, env=made.variables, capture_output=True, check=True)
    a, b, c = values["a"], values["b"], values["c"]
    assert done.stdout.decode().split("\0")[:-1] == [a, f"<{a}>", f"[{b}]", f"x{b}y", "--c", c]


def test_a_script_that_is_a_link_out_of_the_project_is_named_as_that(folder, tmp_path):
    (tmp_path / "elsewhere.py").touch()
    (folder / "lnk.py").symlink_to(tmp_path / "elsewhere.py")
    with pytest.raises(
        ProjectError, match=r'The entry point "lnk\.py" of tutorial is outside of the project'
    ):
        read_mlproject(folder).entry_point("lnk.py")
    with pytest.raises(ProjectError) as caught:
        read_mlproject(folder).entry_point("lnx.py")
    assert "lnk.py" not in str(caught.value)
