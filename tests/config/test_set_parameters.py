"""Parameters that are set and that nothing reads."""

import pytest

from treadle.config import load_config
from treadle.config.set_parameters import find_references

FILES = {
    "base/parameters.yml": "model: {depth: 3, rate: 0.1}\nlabels: {0: cat}\nalias: ${hidden}\n"
    "hidden: 1\n",
    "base/catalog.yml": "day: data/${runtime_params:day,monday}.csv\n",
    "base/globals.yml": "root: ${runtime_params:root,here}\n",
}


def warnings_of(tmp_path, overrides, read):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    parameters = load_config(tmp_path, overrides=overrides).parameters
    return parameters.chosen.find_unread(read, parameters.paths())


@pytest.mark.parametrize(
    ("override", "read"),
    [
        ("model.depth=5", {"model.depth"}),
        ("model.depth=5", {"model"}),
        ("model.depth=5", {""}),
        ("model={depth: 5}", {"model.depth"}),
        ("model.new_one=5", {"model"}),
        ("labels.0=dog", {"labels.0"}),
        ("labels.0=dog", {"labels"}),
        ("hidden=2", {"alias"}),
        ("day=friday", set()),
        ("root=there", set()),
        ("model.depth=5", {"model.depth.inner"}),
        ("fresh_one=1", {""}),
    ],
)
def test_what_is_read_needs_no_warning(tmp_path, override, read):
    assert warnings_of(tmp_path, [override], read) == []


@pytest.mark.parametrize(
    ("override", "read", "warning"),
    [
        (
            "model.dept=5",
            {"model.depth"},
            (
                'No node reads the parameter "model.dept", so setting it has no effect. Did you '
                'mean "model.depth"?'
            ),
        ),
        (
            "mode.depth=5",
            {"model"},
            (
                'No node reads the parameter "mode.depth", so setting it has no effect. Did you '
                'mean "model.depth"?'
            ),
        ),
        (
            "model={dept: 5}",
            {"model.depth"},
            (
                'No node reads the parameter "model.dept", so setting it has no effect. Did you '
                'mean "model.depth"?'
            ),
        ),
        (
            "foo.bar=1",
            {"model.depth"},
            (
                'No node reads the parameter "foo.bar", so setting it has no effect. Nodes read '
                "model.depth."
            ),
        ),
        (
            "model.rate=1",
            {"model.depth"},
            (
                'No node reads the parameter "model.rate", so setting it has no effect. Nodes read '
                "model.depth."
            ),
        ),
        (
            "foo=1",
            set(),
            (
                'No node reads the parameter "foo", so setting it has no effect. The nodes read no '
                "parameters."
            ),
        ),
        (
            "model.dept=5",
            {"model"},
            (
                'The parameter "model.dept" is in no file of the configuration. Did you mean '
                '"model.depth"?'
            ),
        ),
        (
            "modle=5",
            {""},
            'The parameter "modle" is in no file of the configuration. Did you mean "model"?',
        ),
    ],
)
def test_what_nothing_reads_is_said_with_the_nearest_name(tmp_path, override, read, warning):
    assert warnings_of(tmp_path, [override], read) == [warning]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("${a}", {"a"}),
        ("${a.b}/${c}", {"a.b", "c"}),
        ("${a.${b}}", {"a", "b"}),
        ("${.a}", {""}),
        ("${a[0]}", {"a"}),
        ("${env:HOME}", set()),
        ("${globals:root}", set()),
        ("${merge:${a},1}", {"a"}),
        ("${runtime_params:x.y}", {"x.y"}),
    ],
)
def test_references(text, found):
    assert find_references({"k": [text]}) == found
