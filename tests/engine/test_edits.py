"""A table of edits of a real project, each with exactly the nodes that must run again."""

import shutil
from pathlib import Path

import pytest

FILES = {
    "pyproject.toml": '[project]\nname = "shop"\n[tool.treadle]\npackage = "shop"\n',
    "conf/base/parameters.yml": "rate: 3\n"
    "other: 1\n"
    "model:\n"
    "  depth: 2\n"
    "  unread: 5\n"
    "method: double\n",
    "conf/base/catalog.yml": "raw: data/raw.json\nnames: data/names.json\n"
    + "".join(
        f"{name}: data/out/{name}.json\n"
        for name in (
            "helped",
            "shaped",
            "powered",
            "shortened",
            "added",
            "decorated",
            "rated",
            "chosen",
            "defaulted",
            "summed",
            "late",
            "attributed",
            "configured",
            "described",
            "first",
            "second",
            "third",
            "dispatched",
            "bound",
            "deep",
            "cached",
            "enumerated",
            "depended",
            "compiled",
            "annotated",
            "nested",
            "settled",
        )
    ),
    "data/raw.json": "[1, 2, 3]",
    "data/names.json": '["a", "b"]',
    "src/shop/__init__.py": "",
    "src/shop/constants.py": "RATE = 2\n"
    "UNUSED = 7\n"
    "TABLE = {'x': {'y': [1, 2]}}\n"
    "NAMES = {'b', 'a', 'c'}\n",
    "src/shop/helpers.py": '''"""Helpers."""
from shop.constants import RATE


def scale(value):
    """Scale it."""
    return value * RATE + _offset()  # by the rate


def _offset():
    return 1


def double(value):
    return value * 2


def triple(value):
    return value * 3


def unused(value):
    return value
''',
    "src/shop/shapes.py": """from dataclasses import dataclass
from enum import Enum


class Base:
    sides = 4

    def perimeter(self):
        return self.sides * self.length


class Square(Base):
    def __init__(self, length):
        self.length = length

    @property
    def area(self):
        return self._square(self.length)

    @staticmethod
    def _square(value):
        return value**2

    @classmethod
    def make(cls, length):
        return cls(length)


class Other(Base):
    pass


@dataclass(frozen=True)
class Settings:
    factor: int = 2
    offset: int = 1


class Level(Enum):
    LOW = 1
    HIGH = 10


class Tool:
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, values):
        return [value * self.factor for value in values]
""",
    "src/shop/tools.py": """import functools


def doubled(func):
    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        return [value * 2 for value in func(*args, **kwargs)]

    return wrapper


@functools.lru_cache
def remembered(value):
    return value + 100


@functools.singledispatch
def show(value):
    return "?"


@show.register
def _(value: int):
    return f"int {value}"
""",
    "src/shop/later.py": "def later(value):\n    return value - 1\n",
    "src/shop/text.py": "def shout(text):\n    return text.upper()\n",
    "src/shop/pipelines/__init__.py": "",
    "src/shop/pipelines/main.py": '''"""The pipeline."""
from functools import partial

import packaging.version
from treadle import node, param, pipeline

from shop import helpers
from shop.constants import NAMES, TABLE
from shop.helpers import scale
from shop.shapes import Level, Settings, Square, Tool
from shop.text import shout
from shop.tools import doubled, remembered, show

SETTINGS = Settings(factor=3)
START = 5


def helped(raw):
    """Scale all."""
    return [scale(value) for value in raw]


def shaped(raw):
    squares = [Square.make(value) for value in raw]
    return [square.area + square.perimeter() for square in squares]


def power(values, exponent):
    return [value**exponent for value in values]


def make_adder(amount):
    def add(raw):
        return [value + amount for value in raw]

    return add


@doubled
def decorated(raw):
    return raw


def rated(raw, rate: int = param("rate"), depth: int = param("model.depth")):
    return [value * rate + depth for value in raw]


def chosen(raw, method: str = param("method")):
    return [getattr(helpers, method)(value) for value in raw]


def defaulted(raw, start=START):
    return [value + start for value in raw]


def partial_sums(raw):
    return [sum(raw[: place + 1]) for place in range(len(raw))]


def summed(partial_sums):
    return {"sum": sum(partial_sums)}


def late(raw):
    from shop.later import later

    return [later(value) for value in raw]


def attributed(raw):
    return [helpers.double(value) for value in raw]


def configured(raw):
    return {"value": TABLE["x"]["y"][0], "factor": SETTINGS.factor, "names": sorted(NAMES)}


def described(names):
    return [shout(name) for name in names]


def first(raw):
    return [abs(value) for value in raw]


def second(first):
    return [value + 1 for value in first]


def third(second, raw):
    return [value + 1 for value in second]


def dispatched(raw):
    return [show(value) for value in raw]


def deep(raw):
    def inner(value):
        return [helper_of_inner(item) for item in [value]]

    return [inner(value) for value in raw]


def helper_of_inner(value):
    return value * 7


def cached(raw):
    return [remembered(value) for value in raw]


def enumerated(raw):
    return [Level.HIGH.value * value for value in raw]


def depended(raw):
    return [str(packaging.version.Version(str(abs(value)))) for value in raw]


def annotated(raw: list, factor: int = 4) -> list:
    return [value * factor for value in raw]


def nested(raw):
    scale = 3  # not the helper of this name
    return [value * scale for value in raw]


def create_pipeline():
    return pipeline([
    node(helped), node(shaped), node(partial(power, exponent=2), "raw", "powered", name="powered"),
    node(lambda raw: [value - 4 for value in raw], "raw", "shortened", name="shortened"),
    node(make_adder(3), "raw", "added", name="added"), node(decorated, "raw", "decorated"),
    node(rated), node(chosen), node(defaulted),
    node(partial_sums), node(summed), node(late), node(attributed), node(configured),
    node(described),
    node(first), node(second), node(third), node(dispatched), node(Tool(6), "raw", "bound",
        name="bound"), node(deep),
    node(cached), node(enumerated), node(depended), node(annotated), node(nested),
])
''',
}
MAIN = "src/shop/pipelines/main.py"
HELPERS, SHAPES, TOOLS, CONSTANTS = (
    f"src/shop/{name}.py" for name in ("helpers", "shapes", "tools", "constants")
)
PARAMETERS, CATALOG = "conf/base/parameters.yml", "conf/base/catalog.yml"
ALL = None  # every node, less the one whose module imports nothing

EDITS = {
    # What changes nothing.
    "nothing": ("data/raw.json", "[1, 2, 3]", "[1, 2, 3]", set()),
    "comment": (HELPERS, "# by the rate", "# with the rate", set()),
    "layout": (
        HELPERS,
        "    return value * RATE + _offset()",
        "    return (\n        value * RATE\n        + _offset()\n    )",
        set(),
    ),
    "docstring": (HELPERS, '"""Scale it."""', '"""Scale the value."""', set()),
    "docstring added": (
        HELPERS,
        "def _offset():\n",
        'def _offset():\n    """Give one."""\n',
        set(),
    ),
    "module docstring": (MAIN, '"""The pipeline."""', '"""All nodes."""', set()),
    "lines moved": (MAIN, "START = 5", "\n\n\nSTART = 5", set()),
    "quotes": (CONSTANTS, "'x'", '"x"', set()),
    "unused function": (
        HELPERS,
        "def unused(value):\n    return value",
        "def unused(value):\n    return value + 1",
        {"chosen"},
    ),
    "new function": (HELPERS, "def unused", "def another():\n    pass\n\n\ndef unused", {"chosen"}),
    "unused constant": (CONSTANTS, "UNUSED = 7", "UNUSED = 8", set()),
    "unused class": (
        SHAPES,
        "class Other(Base):\n    pass",
        "class Other(Base):\n    sides = 3",
        set(),
    ),
    "unread parameter": (PARAMETERS, "unread: 5", "unread: 6", set()),
    "other parameter": (PARAMETERS, "other: 1", "other: 2", set()),
    "set written otherwise": (CONSTANTS, "{'b', 'a', 'c'}", "{'c', 'b', 'a'}", set()),
    "shadowed name": (HELPERS, "def scale(value):", "def scale(value, /):", {"helped", "chosen"}),
    # Functions.
    "own body": (
        MAIN,
        "[scale(value) for value in raw]",
        "[scale(value) + 1 for value in raw]",
        {"helped"},
    ),
    "helper": (
        HELPERS,
        "value * RATE + _offset()",
        "value * RATE - _offset()",
        {"helped", "chosen"},
    ),
    "helper of a helper": (HELPERS, "    return 1", "    return 2", {"helped", "chosen"}),
    "constant of a helper": (CONSTANTS, "RATE = 2", "RATE = 3", {"helped", "chosen"}),
    "through a module": (
        HELPERS,
        "return value * 2",
        "return value + value",
        {"attributed", "chosen"},
    ),
    "function of a name at run time": (HELPERS, "return value * 3", "return 3 * value", {"chosen"}),
    "import inside": ("src/shop/later.py", "value - 1", "value - 2", {"late"}),
    "inner function": (
        MAIN,
        "[helper_of_inner(item) for item in [value]]",
        "[helper_of_inner(value)]",
        {"deep"},
    ),
    "helper of an inner function": (MAIN, "value * 7", "value * 8", {"deep"}),
    "lambda": (MAIN, "value - 4", "value - 5", {"shortened"}),
    "closure's body": (MAIN, "value + amount", "amount + value", {"added"}),
    "closure's value": (MAIN, "make_adder(3)", "make_adder(4)", {"added"}),
    "partial's value": (MAIN, "exponent=2", "exponent=3", {"powered"}),
    "partial's function": (MAIN, "value**exponent", "pow(value, exponent)", {"powered"}),
    "decorator": (TOOLS, "value * 2 for value", "value * 4 for value", {"decorated"}),
    "decorator taken away": (MAIN, "@doubled\n", "", {"decorated"}),
    "default": (MAIN, "START = 5", "START = 6", {"defaulted"}),
    "default in place": (MAIN, "factor: int = 4", "factor: int = 5", {"annotated"}),
    "cached function": (TOOLS, "value + 100", "value + 101", {"cached"}),
    "dispatched function": (TOOLS, 'f"int {value}"', 'f"whole {value}"', {"dispatched"}),
    "local name": (MAIN, "scale = 3", "scale = 2", {"nested"}),
    # Classes and values.
    "method": (
        SHAPES,
        "return self._square(self.length)",
        "return self._square(self.length) + 0",
        {"shaped"},
    ),
    "static method": (SHAPES, "value**2", "value * value", {"shaped"}),
    "class method": (SHAPES, "return cls(length)", "return cls(length + 0)", {"shaped"}),
    "base class": (SHAPES, "self.sides * self.length", "self.length * self.sides", {"shaped"}),
    "attribute of a base class": (SHAPES, "sides = 4", "sides = 5", {"shaped"}),
    "field of a dataclass": (SHAPES, "factor: int", "factor: float", set()),
    "field of a dataclass that nobody reads": (SHAPES, "offset: int = 1", "offset: int = 2", set()),
    "object": (MAIN, "Settings(factor=3)", "Settings(factor=4)", {"configured"}),
    "enumeration": (SHAPES, "HIGH = 10", "HIGH = 11", {"enumerated"}),
    "callable object": (MAIN, "Tool(6)", "Tool(7)", {"bound"}),
    "class of a callable object": (SHAPES, "value * self.factor", "self.factor * value", {"bound"}),
    "nested value": (CONSTANTS, "[1, 2]", "[1, 3]", {"configured"}),
    "set": (CONSTANTS, "'c'}", "'d'}", {"configured"}),
    "a list that a module fills": (
        CONSTANTS,
        "RATE = 2\n",
        "RATE = 2\nTABLE_SIZE = [0]\nTABLE_SIZE.append(1)\n",
        set(),
    ),
    "what a module sets of Python": (
        CONSTANTS,
        "RATE = 2\n",
        "RATE = 2\nimport decimal\ndecimal.getcontext().prec = 5\n",
        ALL,
    ),
    "what a module has reported": (
        CONSTANTS,
        "RATE = 2\n",
        "RATE = 2\nimport logging\nlogging.info('x')\n",
        set(),
    ),
    # Parameters and data.
    "parameter": (PARAMETERS, "rate: 3", "rate: 4", {"rated"}),
    "type of a parameter": (PARAMETERS, "method: double", "method: triple", {"chosen"}),
    "nested parameter": (PARAMETERS, "depth: 2", "depth: 3", {"rated"}),
    "data": ("data/names.json", '["a", "b"]', '["a", "c"]', {"described"}),
    "same data in another layout": ("data/names.json", '["a", "b"]', '["a",  "b"]', {"described"}),
    "cut off": (
        "data/raw.json",
        "[1, 2, 3]",
        "[1, -2, 3]",
        {  # abs() of it is the same
            "helped",
            "shaped",
            "powered",
            "shortened",
            "added",
            "decorated",
            "rated",
            "chosen",
            "defaulted",
            "partial_sums",
            "summed",
            "late",
            "attributed",
            "configured",
            "first",
            "third",
            "dispatched",
            "bound",
            "deep",
            "cached",
            "enumerated",
            "depended",
            "annotated",
            "nested",
        },
    ),
    "all behind": (
        MAIN,
        "[abs(value) for value in raw]",
        "[abs(value) + 1 for value in raw]",
        {"first", "second", "third"},
    ),
    "cut off in the middle": (
        MAIN,
        "[value + 1 for value in first]",
        "[1 + value for value in first]",
        {"second"},
    ),
    "value that is not saved": (
        MAIN,
        "sum(raw[: place + 1])",
        "sum(raw[: place + 1], 1)",
        {"partial_sums", "summed"},
    ),
    "same value that is not saved": (
        MAIN,
        "sum(raw[: place + 1])",
        "sum(raw[: place + 1], 0)",
        {"partial_sums"},
    ),
    "behind a value that is not saved": (
        MAIN,
        '{"sum": sum(partial_sums)}',
        '{"sum": sum(partial_sums, 0)}',
        {"summed"},
    ),
    # The catalog.
    "arguments for saving": (
        CATALOG,
        "late: data/out/late.json",
        "late:\n  filepath: data/out/late.json\n  save_args: {indent: 2}",
        {"late"},
    ),
    "another place": (CATALOG, "late: data/out/late.json", "late: data/out/later.json", {"late"}),
    "another type": (CATALOG, "late: data/out/late.json", "late: data/out/late.pkl", {"late"}),
    "arguments for loading": (
        CATALOG,
        "names: data/names.json",
        "names:\n  filepath: data/names.json\n  load_args: {strict: true}",
        {"described"},
    ),
    "metadata": (
        CATALOG,
        "late: data/out/late.json",
        "late:\n  filepath: data/out/late.json\n  metadata: {owner: me}",
        set(),
    ),
    "not to be cached": (
        CATALOG,
        "late: data/out/late.json",
        "late:\n  filepath: data/out/late.json\n  cache: false",
        {"late"},
    ),
    "node not to be cached": (MAIN, "node(late)", "node(late, cache=False)", {"late"}),
    # By hand.
    "output edited": ("data/out/late.json", "0", "9", {"late"}),
}


@pytest.fixture(scope="module")
def once(tmp_path_factory, forking):
    """The project after a run."""
    folder = tmp_path_factory.mktemp("edits") / "shop"
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    answer = forking(folder)
    assert len(answer["ran"]) == 26
    assert answer["reused"] == {}
    return folder


@pytest.fixture
def project(once, tmp_path):
    return Path(shutil.copytree(once, tmp_path / "shop"))


def change(project, file, old, new):
    path = project / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize("edit", EDITS)
def test_exactly_what_an_edit_concerns_runs_again(edit, project, forking):
    *what, expected = EDITS[edit]
    assert forking(project)["ran"] == {}
    change(project, *what)
    answer = forking(project)
    expected = set(answer["planned"]) if expected is ALL else expected
    assert set(answer["ran"]) == expected
    planned = {name for name, (action, _) in answer["planned"].items() if action == "run"}
    assert planned >= expected  # whether content comes out the same is known only when it is made
    # Whether nothing at all has changed is seen without the pipeline; that may be wrong in one
    # direction only.
    assert answer["repeated"] == (edit == "nothing")
    again = forking(project, only_plan=True)
    left = {name for name, (action, _) in again["planned"].items() if action == "run"}
    assert left == ({"late"} if "cached" in edit and "not" in edit else set())


def test_an_output_that_is_deleted_is_made_again(project, forking):
    (project / "data/out/late.json").unlink()
    answer = forking(project)
    assert answer["ran"] == {"late": 'its output "late" is not there any more'}


@pytest.mark.parametrize(
    ("edit", "node", "reason"),
    [
        ("helper", "helped", "scale (shop.helpers) changed"),
        ("constant of a helper", "helped", "RATE (shop.helpers) changed"),
        ("parameter", "rated", 'parameter "rate": 3 → 4'),
        ("arguments for saving", "late", 'catalog entry of "late" changed'),
        ("output edited", "late", 'its output "late" was changed since it was made'),
        ("node not to be cached", "late", "the node says cache=False"),
    ],
)
def test_the_reason_names_what_it_was(edit, node, reason, project, forking):
    change(project, *EDITS[edit][:3])
    assert forking(project)["ran"][node] == reason


def test_the_reason_names_the_input_that_changed(project, forking):
    change(project, *EDITS["data"][:3])
    reason = forking(project)["ran"]["described"]
    assert reason.startswith('input "names" changed (')


def test_what_is_reached_by_a_computed_name_is_reported(project, forking):
    answer = forking(project, only_plan=True)
    assert answer["widened"] == ["shop.pipelines.main:chosen"]


def test_another_seed_and_fresh_run_everything(project, forking):
    assert len(forking(project, fresh=True)["ran"]) == 26
    assert forking(project)["ran"] == {}
    assert len(forking(project, seed=1)["ran"]) == 26


def test_a_project_in_another_folder_has_the_same_fingerprints(project, once, forking):
    assert forking(project, only_plan=True)["pieces"] == forking(once, only_plan=True)["pieces"]


def test_a_package_of_another_version_is_named(project, forking, monkeypatch):
    answer = forking(project, only_plan=True)
    assert answer["ran"] == {}
    change(
        project,
        MAIN,
        "packaging.version.Version(str(abs(value)))",
        "packaging.version.parse(str(abs(value)))",
    )
    assert set(forking(project)["ran"]) == {"depended"}


def test_a_fault_in_the_ledger_costs_a_run_and_nothing_else(project, forking):
    path = project / ".treadle" / "ledger.db"
    path.write_bytes(b"no database at all" * 100)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    assert len(forking(project)["ran"]) == 26
    assert path.with_name("ledger.db.damaged").exists()
    assert forking(project)["ran"] == {}
