"""Ways by which something reaches a node without being named in it: each in a project of its own, before and after an edit.

What is there after the edit and a run must be what a run from scratch leaves.
"""

import json

import pytest

PYPROJECT = '[project]\nname = "shop"\n[tool.treadle]\npackage = "shop"\n'
FILES = {
    "pyproject.toml": PYPROJECT,
    "src/shop/__init__.py": "",
    "src/shop/pipelines/__init__.py": "",
    "conf/base/catalog.yml": "raw: data/raw.json\nout: data/out.json\n",
    "conf/base/parameters.yml": "{}",
    "data/raw.json": "[1, 2]",
}
MAIN, OTHER, HELPER, RULES = (
    "src/shop/pipelines/main.py",
    "src/shop/pipelines/other.py",
    "src/shop/helper.py",
    "src/shop/rules.py",
)


def out(imports, result):
    """Write the module of a node."""
    return f"from treadle import node\n{imports}\n@node\ndef out(raw):\n    return {result}\n"


BASE = "class Rule:\n    known = {}\n    def __init_subclass__(cls):\n        Rule.known[cls.__name__] = cls\n"
CHILD = "from shop.helper import Rule\nclass Child(Rule):\n    def value(self):\n        return 1\n"
REGISTER = """class Registry:
    items = {}
    @classmethod
    def add(cls, func):
        cls.items[func.__name__] = func
        return func
"""
META = "class Meta(type):\n    known = []\n    def __init__(cls, *args):\n        Meta.known.append(cls)\nclass Rule(metaclass=Meta):\n    def value(self):\n        return 0\n"
FACTORY = "def make(limit):\n    class Rule:\n        top = limit\n        def value(self):\n            return limit\n    return Rule\nRule = make(3)\n"
WRAPPED = """import functools
class Rule:
    def value(self):
        return 1
def more(func, amount):
    @functools.wraps(func)
    def wrapper(*args):
        return func(*args) + amount
    return wrapper
for name in ["value"]:
    setattr(Rule, name, more(getattr(Rule, name), 1))
"""
STRUCT = (
    "import msgspec\nclass Record(msgspec.Struct):\n    func: object\ndef ask():\n    return 1\nVALUE = Record(ask)\n"
)

PARAM = "from treadle import node, param\n@node\ndef out(raw, limit=param('limit')):\n    return {}\n"

CASES = {
    "a registry filled by __init_subclass__": (
        {
            HELPER: BASE,
            RULES: CHILD,
            MAIN: out(
                "import shop.rules\nfrom shop.helper import Rule", "[one().value() for one in Rule.known.values()]"
            ),
        },
        (RULES, "return 1", "return 2"),
    ),
    "a registry filled by a decorator": (
        {
            HELPER: REGISTER,
            RULES: "from shop.helper import Registry\n@Registry.add\ndef one():\n    return 1\n",
            MAIN: out(
                "import shop.rules\nfrom shop.helper import Registry", "[one() for one in Registry.items.values()]"
            ),
        },
        (RULES, "return 1", "return 2"),
    ),
    "a registry filled by a metaclass": (
        {
            HELPER: META,
            RULES: CHILD,
            MAIN: out("import shop.rules\nfrom shop.helper import Meta", "[one().value() for one in Meta.known]"),
        },
        (RULES, "return 1", "return 2"),
    ),
    "subclasses": (
        {
            HELPER: "class Rule:\n    pass\n",
            RULES: CHILD,
            MAIN: out(
                "import shop.rules\nfrom shop.helper import Rule", "[one().value() for one in Rule.__subclasses__()]"
            ),
        },
        (RULES, "return 1", "return 2"),
    ),
    "subclasses by a class method": (
        {
            HELPER: "class Rule:\n    @classmethod\n    def all(cls):\n        return [one().value() for one in cls.__subclasses__()]\n",
            RULES: CHILD,
            MAIN: out("import shop.rules\nfrom shop.helper import Rule", "Rule.all()"),
        },
        (RULES, "return 1", "return 2"),
    ),
    "a method of a class that a function makes": (
        {HELPER: FACTORY, MAIN: out("from shop.helper import Rule", "Rule().value()")},
        (HELPER, "make(3)", "make(4)"),
    ),
    "an attribute of a class that a function makes": (
        {HELPER: FACTORY, MAIN: out("from shop.helper import Rule", "Rule.top")},
        (HELPER, "make(3)", "make(4)"),
    ),
    "an attribute set in another module": (
        {
            HELPER: "class Rule:\n    top = 1\n",
            MAIN: out("from shop.helper import Rule", "Rule.top"),
            OTHER: "from shop.helper import Rule\nfrom treadle import node\nRule.top = 2\n@node\ndef other(raw):\n    return 1\n",
        },
        (OTHER, "top = 2", "top = 3"),
    ),
    "a property set in another module": (
        {
            HELPER: "class Rule:\n    pass\n",
            MAIN: out("from shop.helper import Rule", "Rule().top"),
            OTHER: "from shop.helper import Rule\nfrom treadle import node\nRule.top = property(lambda self: 2)\n@node\ndef other(raw):\n    return 1\n",
        },
        (OTHER, "self: 2", "self: 3"),
    ),
    "methods wrapped in a loop": (
        {HELPER: WRAPPED, MAIN: out("from shop.helper import Rule", "Rule().value()")},
        (HELPER, "name), 1)", "name), 2)"),
    ),
    "a setting of a library": (
        {MAIN: out("import decimal\ndecimal.getcontext().prec = 5", "str(decimal.Decimal(1) / 3)")},
        (MAIN, "prec = 5", "prec = 9"),
    ),
    "an environment variable that is set": (
        {MAIN: out("import os\nos.environ['MILL'] = 'a'", "os.environ['MILL']")},
        (MAIN, "= 'a'", "= 'b'"),
    ),
    "a function of a library that is replaced": (
        {MAIN: out("import textwrap\ntextwrap.dedent = lambda text: text + 'a'", "textwrap.dedent('x')")},
        (MAIN, "+ 'a'", "+ 'b'"),
    ),
    "an attribute of a class of one's own": (
        {MAIN: out("class Rule:\n    top = 1\nRule.top = 2", "Rule.top")},
        (MAIN, "top = 2", "top = 3"),
    ),
    "a number with a unit": (
        {
            HELPER: "class Metres(float):\n    pass\nLIMIT = Metres(2.5)\n",
            MAIN: out("from shop.helper import LIMIT", "float(LIMIT)"),
        },
        (HELPER, "2.5", "3.5"),
    ),
    "a list of one's own class": (
        {
            HELPER: "class Stack(list):\n    pass\nVALUES = Stack([1, 2])\n",
            MAIN: out("from shop.helper import VALUES", "list(VALUES)"),
        },
        (HELPER, "[1, 2]", "[1, 3]"),
    ),
    "the default of a dict": (
        {
            HELPER: "from collections import defaultdict\nVALUES = defaultdict(lambda: 5)\n",
            MAIN: out("from shop.helper import VALUES", "VALUES['x']"),
        },
        (HELPER, ": 5", ": 6"),
    ),
    "a function in a record": (
        {HELPER: STRUCT, MAIN: out("from shop.helper import VALUE", "VALUE.func()")},
        (HELPER, "return 1", "return 2"),
    ),
    "a number that is not finite": (
        {"conf/base/parameters.yml": "limit: .inf\n", MAIN: PARAM.format("str(limit)")},
        ("conf/base/parameters.yml", ".inf", ".nan"),
    ),
    "the type of a key": (
        {"conf/base/parameters.yml": "limit: {1: a}\n", MAIN: PARAM.format("str(limit)")},
        ("conf/base/parameters.yml", "{1: a}", "{'1': a}"),
    ),
    "a date that becomes a text": (
        {"conf/base/parameters.yml": "limit: 2024-01-01\n", MAIN: PARAM.format("type(limit).__name__")},
        ("conf/base/parameters.yml", "2024-01-01", "'2024-01-01'"),
    ),
    "a type that is written as a text": (
        {
            "conf/base/parameters.yml": "model: {depth: 1}\n",
            HELPER: "from dataclasses import dataclass\n@dataclass\nclass Model:\n    depth: int\n    def value(self):\n        return 1\n",
            MAIN: "from shop.helper import Model\nfrom treadle import node, param\n@node\ndef out(raw, model: 'Model' = param('model')):\n    return model.value()\n",
        },
        (HELPER, "return 1", "return 2"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_edit_is_never_left_out(case, tmp_path, forking):
    files, (edited, old, new) = CASES[case]
    for name, text in {**FILES, **files}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert "out" in forking(tmp_path)["ran"]
    assert "out" in forking(tmp_path)["reused"]  # what does not change is not made again
    before = (tmp_path / "data/out.json").read_text()
    text = (tmp_path / edited).read_text()
    assert old in text
    (tmp_path / edited).write_text(text.replace(old, new))
    answer = forking(tmp_path)
    found = json.loads((tmp_path / "data/out.json").read_text())
    forking(tmp_path, fresh=True)
    assert found == json.loads((tmp_path / "data/out.json").read_text()) != json.loads(before)
    assert answer["planned"]["out"][0] == "run"
