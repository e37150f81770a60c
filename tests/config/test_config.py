import dataclasses
import datetime as dt
import enum
from typing import Literal

import msgspec
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.config import Parameters, load_config, merge
from treadle.config.documents import parse_value, read_document
from treadle.config.overrides import parse_overrides
from treadle.errors import ConfigError, ParameterError


@pytest.fixture
def conf(tmp_path):
    class Conf:
        folder = tmp_path / "conf"

        def __call__(self, path, text):
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

        def load(self, **options):
            return load_config(self.folder, **options)

    return Conf()


def test_merging_is_deep_everywhere(conf):
    conf("base/parameters.yml", "model: {lr: 0.1, depth: 3, kind: ridge}\nseed: 1\n")
    conf(
        "base/catalog.yml",
        "flights: {type: csv, filepath: a.csv, load_args: {sep: ';', nrows: 5}}\n",
    )
    conf("local/parameters.yml", "model: {depth: 4}\n")
    conf("prod/parameters.yml", "model: {kind: lasso}\n")
    conf("prod/catalog.yml", "flights: {load_args: {nrows: 9}}\n")
    assert conf.load(overrides=["model.lr=5"]).parameters.tree == {
        "model": {"lr": 5, "depth": 4, "kind": "ridge"},
        "seed": 1,
    }
    prod = conf.load(environment="prod")
    assert prod.parameters.tree["model"] == {"lr": 0.1, "depth": 3, "kind": "lasso"}
    assert prod.catalog["flights"] == {
        "type": "csv",
        "filepath": "a.csv",
        "load_args": {"sep": ";", "nrows": 9},
    }


def test_files_are_found_where_kedro_finds_them(conf):
    conf("base/parameters.yml", "a: 1")
    conf("base/parameters_model.yaml", "b: 2")
    conf("base/parameters/deep/c.json", '{"c": 3}')
    conf("base/model/parameters.yml", "d: 4")
    conf("base/.hidden/parameters.yml", "e: 5")
    conf("base/other.yml", "f: 6")
    assert conf.load().parameters.tree == {"a": 1, "b": 2, "c": 3, "d": 4}


def test_nothing_at_all_is_fine(conf):
    assert conf.load().parameters.tree == {}
    conf("base/parameters.yml", "# only a comment\n")
    assert conf.load().parameters.tree == {}


def test_interpolation(conf, monkeypatch):
    monkeypatch.setenv("BUCKET", "s3://bucket")
    monkeypatch.delenv("NOT_SET", raising=False)
    conf("base/globals.yml", "root: data\nraw: ${.root}/raw\n")
    conf("local/globals.yml", "root: here\n")
    conf(
        "base/catalog.yml",
        "_base: '${env:BUCKET}/x'\nf: {filepath: '${_base}/${globals:raw}/a.csv', type: csv}\n",
    )
    conf(
        "base/parameters.yml",
        "a: {b: 3}\n"
        "c: ${a.b}\n"
        "d: '${env:NOT_SET,none}'\n"
        "e: ${runtime_params:given,7}\n"
        "f: '${globals:nope,${a.b}}'\n",
    )
    loaded = conf.load(overrides=["given=9", "a.b=4"])
    assert loaded.catalog == {"f": {"filepath": "s3://bucket/x/here/raw/a.csv", "type": "csv"}}
    assert loaded.parameters.tree == {
        "a": {"b": 4},
        "c": 4,
        "d": "none",
        "e": 9,
        "f": 4,
        "given": 9,
    }


def test_an_environment_sees_the_keys_of_base(conf):
    conf("base/parameters.yml", "root: data\n")
    conf("local/parameters.yml", "path: ${root}/x\n")
    assert conf.load().parameters.tree["path"] == "data/x"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a: 1\nb: {c: 2}\na: 3\n",
            'conf/base/parameters.yml:3: the key "a" stands twice, first in line 1.',
        ),
        (
            "b:\n  c: 1\n  c: 2\n",
            'conf/base/parameters.yml:3: the key "b.c" stands twice, first in line 2.',
        ),
        ("a: [1, 2\n", "conf/base/parameters.yml:2 is not valid YAML"),
        (
            "a: b: c\n",
            "conf/base/parameters.yml:1 is not valid YAML: mapping values are not allowed",
        ),
        ("a: " + "[" * 300_000 + "]" * 300_000, "conf/base/parameters.yml is nested too deeply."),
        ("a: " + "[" * 100 + "]" * 100, "nested too deeply, or its aliases expand without end"),
        ("- 1\n- 2\n", "conf/base/parameters.yml holds a list; its top must be a dict of names."),
        (
            "a: !!python/object/apply:os.system ['true']\n",
            "conf/base/parameters.yml:1 is not valid YAML",
        ),
        ("a: ${nope}\n", 'conf/base/parameters.yml:1: "a" cannot be filled in'),
        ("a: ${env:TREADLE_NOT_SET}\n", "the environment variable TREADLE_NOT_SET is not set"),
        ("root: 1\na: ${globals:rot}\n", 'there is no global "rot"'),
        ("a: ${b}\nb: ${a}\n", '"a"'),
        (
            "a: &x [1]\nb: &y [*x,*x,*x,*x,*x,*x,*x,*x,*x]\n"
            + "".join(
                f"c{n}: &c{n} [{','.join([f'*c{n - 1}' if n else '*y'] * 9)}]\n" for n in range(9)
            ),
            "expand without end",
        ),
    ],
)
def test_what_is_not_valid_is_shown_with_its_place(conf, text, message):
    conf("base/parameters.yml", text)
    with pytest.raises(ConfigError) as caught:
        conf.load()
    assert message in str(caught.value)


def test_json(conf):
    conf("base/parameters.json", '{\n\t"model": {"lr": 1e-3},\n\t"2013": true\n}\n')
    assert conf.load().parameters.tree == {"model": {"lr": 0.001}, "2013": True}
    for text, message in [
        ('{"a": 1,\n"b": }', "conf/base/parameters.json:2 is not valid JSON"),
        ('{"m": {"a": 1, "a": 2}}', 'conf/base/parameters.json: the key "a" stands twice'),
        ("[1]", "holds a list"),
        ("[" * 100_000, "nested too deeply"),
    ]:
        conf("base/parameters.json", text)
        with pytest.raises(ConfigError, match=message):
            conf.load()


def test_one_value_in_two_files_of_an_environment(conf):
    conf("base/parameters.yml", "model: {lr: 1}\n")
    conf("base/parameters_b.yml", "model: {depth: 2}\n")
    assert conf.load().parameters.tree == {"model": {"lr": 1, "depth": 2}}
    conf("base/parameters_c.yml", "model:\n  lr: 5\n")
    with pytest.raises(ConfigError) as caught:
        conf.load()
    assert (
        '"model.lr" is set twice: in conf/base/parameters.yml:1 and in conf/base/parameters_c.yml:2'
        in str(caught.value)
    )


def test_an_unknown_environment(conf):
    conf("prod/parameters.yml", "a: 1")
    with pytest.raises(ConfigError, match='no environment "prd".*\nDid you mean "prod"'):
        conf.load(environment="prd")


def test_credentials_of_this_machine_count_everywhere(conf):
    conf("local/credentials.yml", "db: {con: 'sqlite:///x', password: very-secret-1}\n")
    conf("prod/credentials.yml", "db: {con: 'sqlite:///y'}\n")
    assert conf.load(environment="prod").credentials == {
        "db": {"con": "sqlite:///y", "password": "very-secret-1"}
    }


def test_a_broken_credentials_file_is_not_quoted(conf):
    conf("local/credentials.yml", "db: {password: very-secret-2\n")
    with pytest.raises(ConfigError) as caught:
        conf.load()
    assert "conf/local/credentials.yml" in str(caught.value)
    assert "very-secret-2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("-0.5", -0.5),
        ("1e-3", 0.001),
        ("true", True),
        ("null", None),
        ("", None),
        ("ridge", "ridge"),
        ("'5'", "5"),
        ("[1, 2]", [1, 2]),
        ("{a: 1}", {"a": 1}),
        ("a, b", "a, b"),
        ("[1", "[1"),
        ("1_000", 1000),
        (".inf", float("inf")),
        ("x=y", "x=y"),
        ("2013-01", "2013-01"),
    ],
)
def test_values_of_the_command_line_are_typed(text, value):
    parsed = parse_value(text)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("texts", "tree"),
    [
        (["a.b=1", "a.c=x"], {"a": {"b": 1, "c": "x"}}),
        (["a=1,b=2"], {"a": 1, "b": 2}),
        (["sizes=[1,2],b=x,y"], {"sizes": [1, 2], "b": "x,y"}),
        (["a=1", "a=2"], {"a": 2}),
    ],
)
def test_overrides(texts, tree):
    assert parse_overrides(texts).tree == tree


@pytest.mark.parametrize("text", ["a", "=1", "a.=1", ""])
def test_an_override_that_sets_nothing(text):
    with pytest.raises(ConfigError, match="sets nothing"):
        parse_overrides([text])


trees = st.recursive(
    st.integers(),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
dicts = st.dictionaries(st.sampled_from("abc"), trees, max_size=3)


@given(dicts, dicts)
def test_merging_keeps_the_upper_one_and_all_that_is_beside_it(a, b):
    assert merge(a, {}) == merge({}, a) == a
    assert merge(a, a) == a
    merged = merge(a, b)
    assert merged.keys() == a.keys() | b.keys()
    for key, value in b.items():
        assert merged[key] == (
            merge(a[key], value)
            if isinstance(value, dict) and isinstance(a.get(key), dict)
            else value
        )


@dataclasses.dataclass
class Dataclass:
    lr: float
    depth: int = 3


class Struct(msgspec.Struct):
    lr: float
    depth: int = 3


class Model(pydantic.BaseModel):
    lr: float
    depth: int = 3


class Kind(enum.Enum):
    RIDGE = "ridge"


@pytest.fixture
def parameters(conf):
    conf(
        "base/parameters.yml",
        "model:\n"
        "  lr: 0.1\n"
        "  depth: 4\n"
        "kind: ridge\n"
        "n: 5\n"
        "sizes: [1, 2]\n"
        "name: x\n"
        "bad: {lr: high}\n",
    )
    return conf.load().parameters


@pytest.mark.parametrize(
    ("path", "kind", "value"),
    [
        ("model", Dataclass, Dataclass(0.1, 4)),
        ("model", Struct, Struct(0.1, 4)),
        ("model", Model, Model(lr=0.1, depth=4)),
        ("model", Model | None, Model(lr=0.1, depth=4)),
        ("model", Dataclass | None, Dataclass(0.1, 4)),
        ("model", dict[str, float], {"lr": 0.1, "depth": 4.0}),
        ("n", int, 5),
        ("n", float, 5.0),
        ("n", int | str, 5),
        ("sizes", list[int], [1, 2]),
        ("sizes", tuple[int, int], (1, 2)),
        ("kind", Kind, Kind.RIDGE),
        ("kind", Literal["ridge", "lasso"], "ridge"),
        ("model.lr", float, 0.1),
    ],
)
def test_parameters_become_what_a_node_asks_for(parameters, path, kind, value):
    converted = parameters.convert(path, kind)
    assert converted == value
    assert type(converted) is type(value)


@pytest.mark.parametrize(
    ("path", "kind", "message"),
    [
        (
            "name",
            int,
            (
                'conf/base/parameters.yml:7: the parameter "name" does not fit int: Expected '
                "`int`, got `str`.\n  value: 'x'"
            ),
        ),
        (
            "bad",
            Dataclass,
            (
                'conf/base/parameters.yml:8: the parameter "bad.lr" does not fit Dataclass: '
                "Expected `float`, got `str`.\n  value: 'high'"
            ),
        ),
        ("bad", Struct, 'the parameter "bad.lr" does not fit Struct: Expected `float`, got `str`.'),
        ("bad", Model, 'the parameter "bad.lr" does not fit Model: Input should be a valid number'),
        ("kind", Literal["lasso"], "Invalid enum value 'ridge'"),
        (
            "model",
            list[int],
            'the parameter "model" does not fit list[int]: Expected `array`, got `object`',
        ),
        ("n", str, "Expected `str`, got `int`"),
    ],
)
def test_a_parameter_of_another_type_is_shown_with_its_place(parameters, path, kind, message):
    with pytest.raises(ParameterError) as caught:
        parameters.convert(path, kind)
    assert message in str(caught.value)


def test_a_secret_is_not_shown(conf):
    conf("base/parameters.yml", "db: {password: 5}\n")
    with pytest.raises(ParameterError) as caught:
        conf.load().parameters.convert("db.password", str)
    assert "'***'" in str(caught.value)


def test_a_missing_parameter_names_the_nearest(parameters):
    with pytest.raises(ParameterError, match='no parameter "model.lrr".\nDid you mean "model.lr"?'):
        parameters.get("model.lrr")
    assert "model.lr" in parameters
    assert "model.x" not in parameters
    assert "n.x" not in parameters


def test_what_a_node_gets_is_its_own(parameters):
    parameters.get("sizes").append(3)
    parameters.get("")["sizes"].append(3)
    assert parameters.get("sizes") == [1, 2]


def test_a_command_line_value_is_named_as_origin(conf):
    loaded = conf.load(overrides=["n=many"])
    with pytest.raises(ParameterError, match='--params: the parameter "n" does not fit int'):
        loaded.parameters.convert("n", int)


def test_parameters_from_python():
    assert Parameters({"a": {"b": 1}}).get("a.b") == 1
    with pytest.raises(ParameterError, match='^the parameter "a" does not fit int'):
        Parameters({"a": "x"}).convert("a", int)


def test_keys_stay_what_yaml_says(conf):
    conf("base/parameters.yml", "labels: {0: cat, 2: dog, on: yes, 2024-01-31: x}\n2013: top\n")
    conf("local/parameters.yml", "labels: {2: wolf}\n")
    parameters = conf.load(overrides=["labels.0=lion"]).parameters
    day = dt.date(2024, 1, 31)
    assert parameters.tree == {
        "labels": {0: "lion", 2: "wolf", True: True, day: "x"},
        "2013": "top",
    }
    assert (parameters.get("labels.2"), parameters.get("labels.2024-01-31")) == ("wolf", "x")
    assert str(parameters.origin("labels.2024-01-31")) == "conf/base/parameters.yml:1"


def test_keys_stay_what_they_are_beside_what_is_filled_in(conf):
    conf("base/globals.yml", "bucket: {name: b, sizes: [10, 20]}\n")
    conf(
        "base/parameters.yml",
        "x: ${globals:bucket}\n"
        "y: ${x.name}\n"
        "z: ${x.sizes[1]}\n"
        "m: {0: '${y}', 2024-01-31: a, true: '${n.1}'}\n"
        "n: {1: 2}\n",
    )
    assert conf.load().parameters.tree == {
        "x": {"name": "b", "sizes": [10, 20]},
        "y": "b",
        "z": 20,
        "m": {0: "b", dt.date(2024, 1, 31): "a", True: 2},
        "n": {1: 2},
    }


@pytest.mark.parametrize(
    ("lower", "given", "tree"),
    [
        ("demo.config: {rate: 1}", "demo.config.rate=5", {"demo.config": {"rate": 5}}),
        ("demo.config: {rate: 1}", "demo.config={rate: 7}", {"demo.config": {"rate": 7}}),
        ("a: {b.c: 1, d: 2}", "a.b.c=5", {"a": {"b.c": 5, "d": 2}}),
        ("a: {b: {c: 1}}", "a.b.c=5", {"a": {"b": {"c": 5}}}),
        ("start: '2023-11-01'", "start=2023-12-01", {"start": "2023-12-01"}),
        ("start: 2023-11-01", "start=2023-12-01", {"start": dt.date(2023, 12, 1)}),
        ("a: 1", "start=2023-12-01", {"a": 1, "start": dt.date(2023, 12, 1)}),
        ("layers: {true: 1}", "layers.true=2", {"layers": {True: 2}}),
    ],
)
def test_what_is_given_fits_the_keys_and_texts_of_the_files(conf, lower, given, tree):
    conf("base/parameters.yml", lower)
    assert conf.load(overrides=[given]).parameters.tree == tree


def test_an_entry_of_another_type_replaces_the_lower_one(conf):
    conf(
        "base/catalog.yml",
        "cars: {type: pandas.SQLTableDataset, table_name: cars, credentials: db}\n"
        "same: {type: csv, filepath: a.csv, load_args: {sep: ';'}}\n"
        "bare: b.json\n",
    )
    conf(
        "local/catalog.yml",
        "cars: {type: csv, filepath: cars.csv}\n"
        "same: {type: csv, load_args: {nrows: 5}}\n"
        "bare: c.json\n",
    )
    catalog = conf.load().catalog
    assert catalog["cars"] == {"type": "csv", "filepath": "cars.csv"}
    assert catalog["same"] == {
        "type": "csv",
        "filepath": "a.csv",
        "load_args": {"sep": ";", "nrows": 5},
    }
    assert catalog["bare"] == "c.json"


def test_a_dict_can_replace_the_lower_one_anywhere(conf):
    conf("base/parameters.yml", "model: {kind: forest, trees: 10, layers: {1: 8, 2: 4}}\nb: 1\n")
    conf("local/parameters.yml", "model: {layers: !replace {1: 16}}\n")
    conf("prod/parameters.yml", "model: !replace\n  kind: linear\n")
    assert conf.load().parameters.tree == {
        "model": {"kind": "forest", "trees": 10, "layers": {1: 16}},
        "b": 1,
    }
    prod = conf.load(environment="prod", overrides=["model.c=3"]).parameters
    assert prod.tree == {"model": {"kind": "linear", "c": 3}, "b": 1}
    assert str(prod.origin("model.trees")) == "conf/prod/parameters.yml:1"
    conf("bad/parameters.yml", "b: !replace 5\n")
    with pytest.raises(
        ConfigError, match=r"conf/bad/parameters\.yml:1: !replace is written before a dict"
    ):
        conf.load(environment="bad")


def test_files_may_have_templates_of_one_name(conf):
    conf("base/a/catalog.yml", "_pq: &pq {type: parquet}\nx: {<<: *pq, filepath: x.parquet}\n")
    conf("base/b/catalog.yml", "_pq: &pq {type: csv}\ny: {<<: *pq, filepath: y.csv}\n")
    assert conf.load().catalog == {
        "x": {"type": "parquet", "filepath": "x.parquet"},
        "y": {"type": "csv", "filepath": "y.csv"},
    }


def test_resolvers_of_a_project(conf):
    conf("base/parameters.yml", "a: ${add:1,2}\nb: '${both:}'\nc: ${b.x}\nd: ${oc.decode:'5'}\n")
    resolvers = {"add": lambda *numbers: sum(numbers), "both": lambda: {"x": 1, "y": [2]}}
    assert conf.load(resolvers=resolvers).parameters.tree == {
        "a": 3,
        "b": {"x": 1, "y": [2]},
        "c": 1,
        "d": 5,
    }
    with pytest.raises(ConfigError) as raised:
        conf.load()
    assert (
        'conf/base/parameters.yml:1: "a" cannot be filled in: there is no resolver "add".'
        in str(raised.value)
    )
    assert "[tool.treadle.resolvers] add =" in str(raised.value)


def test_a_parameter_that_is_not_given_is_named_with_what_to_add(conf):
    conf("base/parameters.yml", "path: ${runtime_params:agent.id}.json\n")
    with pytest.raises(ConfigError) as raised:
        conf.load()
    assert 'no --params gives "agent.id".' in str(raised.value)
    assert "Add --params agent.id=VALUE, or a default: ${runtime_params:agent.id,default}." in str(
        raised.value
    )
    assert conf.load(overrides=["agent.id=7"]).parameters.tree == {
        "path": "7.json",
        "agent": {"id": 7},
    }


def test_a_variable_that_is_not_set_has_one_message_under_both_names(conf):
    for name in ("env", "oc.env"):
        conf("base/parameters.yml", f"a: ${{{name}:NOT_SET_ANYWHERE}}\n")
        with pytest.raises(ConfigError, match=r"parameters\.yml:1.*NOT_SET_ANYWHERE is not set"):
            conf.load()


@pytest.mark.parametrize("text", ["${not a ref}", "${", "${a.}", "x${:}"])
def test_a_malformed_interpolation_is_named(conf, text):
    conf("base/parameters.yml", f"fine: 1\nbad: {{worse: '{text}'}}\n")
    with pytest.raises(ConfigError, match=r"conf/base/parameters\.yml:2"):
        conf.load()


def test_what_one_file_replaces_is_not_that_of_its_neighbours(conf):
    conf("base/parameters.yml", "model: {old: 1}\n")
    conf("prod/parameters_a.yml", "model: {a: 1}\n")
    conf("prod/parameters_b.yml", "model: !replace {b: 2}\n")
    assert conf.load(environment="prod").parameters.tree == {"model": {"a": 1, "b": 2}}


def test_a_large_file_is_read_whole_and_the_collector_runs_on(tmp_path):
    import gc

    path = tmp_path / "catalog.yml"
    entry = "entry_{0}:\n  type: csv\n  rate: 1e-3\n  names: [a, {0}]\n"
    path.write_text("".join(entry.format(number) for number in range(5000)))
    document = read_document(path, "catalog.yml")
    assert document.tree["entry_4999"] == {"type": "csv", "rate": 0.001, "names": ["a", 4999]}
    assert str(document.origins["entry_4999", "rate"]) == "catalog.yml:19999"
    path.write_text("a: {b: 1\n")
    with pytest.raises(ConfigError):
        read_document(path, "catalog.yml")
    assert gc.isenabled()


def test_names_of_entries_and_of_their_credentials_are_not_secret(tmp_path):
    from treadle.masking import mask

    (tmp_path / "base").mkdir()
    (tmp_path / "base/catalog.yml").write_text(
        "secret: {type: json, filepath: folder-of-a-secret/x.json, credentials: "
        "name-of-credentials}\n"
        "parts: {type: partitioned, path: p, dataset: {type: json, credentials: "
        "name-of-inner-ones}}\n"
        "table: {type: sql_table, table_name: t, credentials: {con: an-inline-password}}\n"
    )
    load_config(tmp_path)
    text = "folder-of-a-secret name-of-credentials name-of-inner-ones an-inline-password"
    assert mask(text) == text.replace("an-inline-password", "***")
