"""Ways by which something reaches a node without being named in it.

Each is tried in a project of its own, before and after an edit. What is there after the edit and a
run must be what a run from scratch leaves.
"""

import json

import pytest

PYPROJECT = '[project]\nname = "shop"\n[tool.treadle]\npackage = "shop"\n'
FILES = {
    "pyproject.toml": PYPROJECT,
    "src/shop/__init__.py": "",
    "src/shop/pipelines/__init__.py": "",
    "conf/base/catalog.yml": "raw: data/raw.json\nout: data/out.json\nother: data/other.json\n",
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


BASE = (
    "class Rule:\n"
    "    known = {}\n"
    "    def __init_subclass__(cls):\n"
    "        Rule.known[cls.__name__] = cls\n"
)
CHILD = "from shop.helper import Rule\nclass Child(Rule):\n    def value(self):\n        return 1\n"
REGISTER = """class Registry:
    items = {}
    @classmethod
    def add(cls, func):
        cls.items[func.__name__] = func
        return func
"""
META = (
    "class Meta(type):\n"
    "    known = []\n"
    "    def __init__(cls, *args):\n"
    "        Meta.known.append(cls)\n"
    "class Rule(metaclass=Meta):\n"
    "    def value(self):\n"
    "        return 0\n"
)
FACTORY = (
    "def make(limit):\n"
    "    class Rule:\n"
    "        top = limit\n"
    "        def value(self):\n"
    "            return limit\n"
    "    return Rule\n"
    "Rule = make(3)\n"
)
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
    "import msgspec\nclass Record(msgspec.Struct):\n    func: object\ndef ask():\n    return 1\n"
    "VALUE = Record(ask)\n"
)

PARAM = (
    "from treadle import node, param\n@node\ndef out(raw, limit=param('limit')):\n    return {}\n"
)

SETS = "from treadle import node\nimport decimal\n{}\n@node\ndef other(raw):\n    return 1\n"
FROM_FILE = (
    "import json, pathlib\nT = json.loads((pathlib.Path(__file__).parent / 't.json').read_text())\n"
)
OWN_CATALOG = "raw: {type: shop.helper.Own, filepath: data/raw.json}\nout: data/out.json\n"
OWN_CLASS = """class Own:
    def __init__(self, filepath):
        self.path = filepath
    def load(self):
        return 1
    def save(self, data):
        pass
    def exists(self):
        return True
    def digest(self):
        return "x"
"""
SAVING_CLASS = """import json, pathlib
factor = 1
class Own:
    def __init__(self, filepath):
        self.path = pathlib.Path(filepath)
    def load(self):
        return json.loads(self.path.read_text())
    def save(self, data):
        self.path.write_text(json.dumps(data * factor))
    def exists(self):
        return self.path.exists()
    def digest(self):
        return self.path.read_text()
"""
HOOK = """from treadle import hook
class Hook:
    @hook
    def after_dataset_loaded(self, name, data):
        if name == "raw":
            data.append(7)
hooks = Hook()
"""
MODEL = "class Model:\n    def predict(self):\n        return 1\n"

LOADING = "src/loading.py"
LOAD_NAMED = """import importlib
def load_named(path):
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)
"""
LOAD_OPTIONAL = """import importlib
def load(name):
    try:
        return importlib.import_module(name).VALUE
    except ImportError:
        return 0
"""
DEPTH = """from dataclasses import dataclass
@dataclass
class Model:
    depth: int
    def value(self):
        return 1
"""
BY_NAME = """from loading import load_named
from treadle import node, param
@node
def out(raw, limit=param("limit")):
    return load_named(limit)().value()
"""
PICKLED = "cshop.helper\nModel\n)R."
NAMED_CLASS = "class Rule:\n    def value(self):\n        return 1\n"
RUN_FILE = """import importlib.util
def run_file(path):
    found = importlib.util.spec_from_file_location("plugin", path)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module
"""

CASES = {
    "a registry filled by __init_subclass__": (
        {
            HELPER: BASE,
            RULES: CHILD,
            MAIN: out(
                "import shop.rules\nfrom shop.helper import Rule",
                "[one().value() for one in Rule.known.values()]",
            ),
        },
        (RULES, "return 1", "return 2"),
    ),
    "a registry filled by a decorator": (
        {
            HELPER: REGISTER,
            RULES: "from shop.helper import Registry\n@Registry.add\ndef one():\n    return 1\n",
            MAIN: out(
                "import shop.rules\nfrom shop.helper import Registry",
                "[one() for one in Registry.items.values()]",
            ),
        },
        (RULES, "return 1", "return 2"),
    ),
    "a registry filled by a metaclass": (
        {
            HELPER: META,
            RULES: CHILD,
            MAIN: out(
                "import shop.rules\nfrom shop.helper import Meta",
                "[one().value() for one in Meta.known]",
            ),
        },
        (RULES, "return 1", "return 2"),
    ),
    "subclasses": (
        {
            HELPER: "class Rule:\n    pass\n",
            RULES: CHILD,
            MAIN: out(
                "import shop.rules\nfrom shop.helper import Rule",
                "[one().value() for one in Rule.__subclasses__()]",
            ),
        },
        (RULES, "return 1", "return 2"),
    ),
    "subclasses by a class method": (
        {
            HELPER: "class Rule:\n"
            "    @classmethod\n"
            "    def all(cls):\n"
            "        return [one().value() for one in cls.__subclasses__()]\n",
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
            OTHER: "from shop.helper import Rule\nfrom treadle import node\nRule.top = 2\n@node\n"
            "def other(raw):\n    return 1\n",
        },
        (OTHER, "top = 2", "top = 3"),
    ),
    "a property set in another module": (
        {
            HELPER: "class Rule:\n    pass\n",
            MAIN: out("from shop.helper import Rule", "Rule().top"),
            OTHER: "from shop.helper import Rule\n"
            "from treadle import node\n"
            "Rule.top = property(lambda self: 2)\n"
            "@node\n"
            "def other(raw):\n"
            "    return 1\n",
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
        {
            MAIN: out(
                "import textwrap\ntextwrap.dedent = lambda text: text + 'a'", "textwrap.dedent('x')"
            )
        },
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
        {
            "conf/base/parameters.yml": "limit: 2024-01-01\n",
            MAIN: PARAM.format("type(limit).__name__"),
        },
        ("conf/base/parameters.yml", "2024-01-01", "'2024-01-01'"),
    ),
    "a type that is written as a text": (
        {
            "conf/base/parameters.yml": "model: {depth: 1}\n",
            HELPER: "from dataclasses import dataclass\n@dataclass\nclass Model:\n    depth: int\n"
            "    def value(self):\n        return 1\n",
            MAIN: "from shop.helper import Model\n"
            "from treadle import node, param\n"
            "@node\n"
            "def out(raw, model: 'Model' = param('model')):\n"
            "    return model.value()\n",
        },
        (HELPER, "return 1", "return 2"),
    ),
    "a type whose name is another one's later": (
        {
            "conf/base/parameters.yml": "model: {depth: 1}\n",
            HELPER: DEPTH,
            RULES: DEPTH,
            MAIN: "from shop.helper import Model\nfrom treadle import node, param\n@node\n"
            "def out(raw, model: Model = param('model')):\n    return model.value()\n"
            "from shop.rules import Model\n",
        },
        (HELPER, "return 1", "return 2"),
    ),
    # What a module does to Python and to libraries when it is imported.
    "the precision of decimals, by a name": (
        {
            HELPER: "import decimal\ncontext = decimal.getcontext()\ncontext.prec = 5\n",
            MAIN: out("import shop.helper, decimal", "str(decimal.Decimal(1) / 3)"),
        },
        (HELPER, "prec = 5", "prec = 9"),
    ),
    "the precision of decimals, in another pipeline": (
        {
            MAIN: out("import decimal", "str(decimal.Decimal(1) / 3)"),
            OTHER: SETS.format("decimal.setcontext(decimal.Context(prec=5))"),
        },
        (OTHER, "prec=5", "prec=9"),
    ),
    "the precision of decimals, by a function of the project": (
        {
            HELPER: "import decimal\n"
            "def setup(digits):\n"
            "    decimal.getcontext().prec = digits\n"
            "    return digits\n",
            MAIN: out("import decimal", "str(decimal.Decimal(1) / 3)"),
            OTHER: SETS.format("from shop.helper import setup\nDIGITS = setup(5)"),
        },
        (OTHER, "setup(5)", "setup(9)"),
    ),
    "an option of pandas in the node's module": (
        {
            MAIN: out(
                "import pandas as pd\npd.options.display.precision = 2", "repr(pd.Series([1 / 3]))"
            )
        },
        (MAIN, "precision = 2", "precision = 4"),
    ),
    "an option of pandas, by a function": (
        {
            MAIN: out("import pandas as pd", "repr(pd.Series([1 / 3]))"),
            OTHER: SETS.format("import pandas as pd\npd.set_option('display.precision', 2)"),
        },
        (OTHER, "'display.precision', 2", "'display.precision', 4"),
    ),
    "a function of a library that setattr replaces": (
        {
            MAIN: out("import textwrap", "textwrap.dedent('x')"),
            OTHER: SETS.format(
                "import textwrap\n"
                "for name in ['dedent']:\n"
                "    setattr(textwrap, name, lambda value: 'one')"
            ),
        },
        (OTHER, "'one'", "'two'"),
    ),
    "a class of a library that gets a method": (
        {
            MAIN: out("import fractions", "fractions.Fraction(1, 3).label()"),
            OTHER: SETS.format("import fractions\nfractions.Fraction.label = lambda self: 'one'"),
        },
        (OTHER, "'one'", "'two'"),
    ),
    "what a condition at the top chooses": (
        {
            HELPER: "LIMIT = 3\n"
            "if LIMIT > 2:\n"
            "    def value():\n"
            "        return 1\n"
            "else:\n"
            "    def value():\n"
            "        return 2\n",
            MAIN: out("from shop.helper import value", "value()"),
        },
        (HELPER, "LIMIT > 2", "LIMIT > 5"),
    ),
    "a list that a loop fills": (
        {
            HELPER: "NAMES = []\nfor name in ['a', 'b']:\n    NAMES.append(name)\n",
            MAIN: out("from shop.helper import NAMES", "list(NAMES)"),
        },
        (HELPER, "['a', 'b']", "['a', 'c']"),
    ),
    "an object with a lock that another module changes": (
        {
            HELPER: "import threading\n"
            "class Box:\n"
            "    def __init__(self):\n"
            "        self.lock = threading.Lock()\n"
            "        self.items = []\n"
            "BOX = Box()\n",
            MAIN: out("from shop.helper import BOX", "list(BOX.items)"),
            OTHER: SETS.format("from shop.helper import BOX\nBOX.items.append(1)"),
        },
        (OTHER, "append(1)", "append(2)"),
    ),
    # Files, folders and variables.
    "a file that a node opens": (
        {"data/t.json": "1", MAIN: out("import json", "json.load(open('data/t.json'))")},
        ("data/t.json", "1", "2"),
    ),
    "a file by a constant path": (
        {
            "src/shop/t.txt": "1",
            MAIN: out(
                "from pathlib import Path\nHERE = Path(__file__).parent.parent",
                "(HERE / 't.txt').read_text()",
            ),
        },
        ("src/shop/t.txt", "1", "2"),
    ),
    "a file of the package": (
        {
            "src/shop/t.txt": "1",
            MAIN: out(
                "from importlib import resources",
                "resources.files('shop').joinpath('t.txt').read_text()",
            ),
        },
        ("src/shop/t.txt", "1", "2"),
    ),
    "a file of the package, by pkgutil": (
        {
            "src/shop/t.txt": "1",
            MAIN: out("import pkgutil", "pkgutil.get_data('shop', 't.txt').decode()"),
        },
        ("src/shop/t.txt", "1", "2"),
    ),
    "a query in a file": (
        {"sql/q.sql": "select 1", MAIN: out("", "open('sql/q.sql').read()")},
        ("sql/q.sql", "select 1", "select 2"),
    ),
    "a table that pandas opens": (
        {
            "data/t.csv": "a\n1\n",
            MAIN: out("import pandas as pd", "int(pd.read_csv('data/t.csv').a.sum())"),
        },
        ("data/t.csv", "1", "2"),
    ),
    "a file that a constant is read from": (
        {"src/shop/t.json": "1", HELPER: FROM_FILE, MAIN: out("from shop.helper import T", "T")},
        ("src/shop/t.json", "1", "2"),
    ),
    "a file that an attribute is read from": (
        {
            "src/shop/t.json": "1",
            HELPER: FROM_FILE + "class C:\n    t = T\n",
            MAIN: out("from shop.helper import C", "C.t"),
        },
        ("src/shop/t.json", "1", "2"),
    ),
    "a file that says what is set of Python": (
        {
            "src/shop/t.json": "5",
            HELPER: FROM_FILE + "import decimal\ndecimal.getcontext().prec = T\n",
            MAIN: out("import decimal, shop.helper", "str(decimal.Decimal(1) / 3)"),
        },
        ("src/shop/t.json", "5", "9"),
    ),
    "a file by which an object without a digest is made": (
        {
            "src/shop/t.json": "1",
            HELPER: FROM_FILE + "import threading\n"
            "class Box:\n"
            "    def __init__(self, t):\n"
            "        self.t, self.lock = t, threading.Lock()\n"
            "BOX = Box(T)\n",
            MAIN: out("from shop.helper import BOX", "BOX.t"),
        },
        ("src/shop/t.json", "1", "2"),
    ),
    "a file that appears": (
        {MAIN: out("from pathlib import Path", "Path('data/extra.txt').exists()")},
        ("data/extra.txt", None, "x"),
    ),
    "a file that appears where it was looked for": (
        {
            HELPER: "def read():\n"
            "    try:\n"
            "        return open('data/extra.txt').read()\n"
            "    except OSError:\n"
            "        return 'none'\n",
            MAIN: out("from shop.helper import read", "read()"),
        },
        ("data/extra.txt", None, "x"),
    ),
    "a file that appears in a folder": (
        {"data/d/a.txt": "", MAIN: out("import glob", "sorted(glob.glob('data/d/*.txt'))")},
        ("data/d/b.txt", None, "x"),
    ),
    "a variable of the environment": (
        {MAIN: out("import os", "os.environ.get('SHOP_SITE', 'none')")},
        ("environment", "SHOP_SITE", "north"),
    ),
    "a variable by getenv": (
        {MAIN: out("import os", "os.getenv('SHOP_SITE', 'none')")},
        ("environment", "SHOP_SITE", "north"),
    ),
    "a variable that a constant is": (
        {
            HELPER: "import os\nSITE = os.environ.get('SHOP_SITE', 'none')\n",
            MAIN: out("from shop.helper import SITE", "SITE"),
        },
        ("environment", "SHOP_SITE", "north"),
    ),
    "a variable that a default value is": (
        {
            HELPER: "import os\n"
            "def site(name=os.environ.get('SHOP_SITE', 'none')):\n"
            "    return name\n",
            MAIN: out("from shop.helper import site", "site()"),
        },
        ("environment", "SHOP_SITE", "north"),
    ),
    "a variable by which a module is chosen": (
        {
            HELPER: "import os\nif os.environ.get('SHOP_SITE'):\n    from shop.one import value\n"
            "else:\n    from shop.two import value\n",
            "src/shop/one.py": "def value():\n    return 1\n",
            "src/shop/two.py": "def value():\n    return 2\n",
            MAIN: out("from shop.helper import value", "value()"),
        },
        ("environment", "SHOP_SITE", "north"),
    ),
    "all variables": (
        {
            MAIN: out(
                "import os",
                "sorted(name for name, _ in os.environ.items() if name.startswith('SHOP_'))",
            )
        },
        ("environment", "SHOP_SITE", "north"),
    ),
    "a module that shadows another one": (
        {
            "src/zlib_shop.py": "VALUE = 1\n",
            "pyproject.toml": PYPROJECT,
            MAIN: out(
                "import sys, os\nsys.path.insert(0, os.path.abspath('first'))\nimport zlib_shop",
                "zlib_shop.VALUE",
            ),
            "first/readme.txt": "",
        },
        ("first/zlib_shop.py", None, "VALUE = 2\n"),
    ),
    "a variable that another node sets and puts back": (
        {
            OTHER: "import os\n"
            "from treadle import node\n"
            "@node(cache=False)\n"
            "def other(raw):\n"
            "    old = os.environ.get('SHOP_SITE', 'none')\n"
            "    os.environ['SHOP_SITE'] = 'x'\n"
            "    os.environ['SHOP_SITE'] = old\n"
            "    return old\n",
            MAIN: "import os\n"
            "from treadle import node\n"
            "@node\n"
            "def out(other):\n"
            "    return os.environ['SHOP_SITE'] if True else other\n",
        },
        ("environment", "SHOP_SITE", "north"),
    ),
    "what a variable is set to if it is not there": (
        {
            HELPER: "import os\nMODE = os.environ.setdefault('SHOP_MODE', 'fast')\n",
            MAIN: out("import os, shop.helper", "os.environ['SHOP_MODE']"),
        },
        (HELPER, "'fast'", "'slow'"),
    ),
    "a file that a pool of threads reads": (
        {
            "data/t.csv": "a\n1\n",
            MAIN: out(
                "import pandas as pd\nfrom concurrent.futures import ThreadPoolExecutor",
                "[int(t.a.sum()) for t in ThreadPoolExecutor(1).map(pd.read_csv, ['data/t.csv'])]",
            ),
        },
        ("data/t.csv", "1", "2"),
    ),
    "a folder that was there": (
        {
            "data/d/a.txt": "",
            MAIN: out(
                "import os",
                "[os.makedirs('data/d', exist_ok=True), sorted(os.listdir('data/d'))][1]",
            ),
        },
        ("data/d/b.txt", None, "x"),
    ),
    "a module of a package that appears": (
        {
            "plugins/__init__.py": "",
            MAIN: out(
                "import importlib, os, sys\n"
                "sys.path.insert(0, os.path.abspath('.'))\n"
                "def ask(name):\n"
                "    try:\n"
                "        return importlib.import_module(name).VALUE\n"
                "    except ImportError:\n"
                "        return 0",
                "ask('plugins.extra')",
            ),
        },
        ("plugins/extra.py", None, "VALUE = 1\n"),
    ),
    # Code that comes with data.
    "load of a dataset class": (
        {"conf/base/catalog.yml": OWN_CATALOG, HELPER: OWN_CLASS, MAIN: out("", "raw")},
        (HELPER, "return 1", "return 2"),
    ),
    "what the load of a dataset class calls": (
        {
            "conf/base/catalog.yml": OWN_CATALOG,
            HELPER: "from shop.rules import value\n"
            + OWN_CLASS.replace("return 1", "return value()"),
            RULES: "def value():\n    return 1\n",
            MAIN: out("", "raw"),
        },
        (RULES, "return 1", "return 2"),
    ),
    "save of a dataset class": (
        {
            "conf/base/catalog.yml": "raw: data/raw.json\n"
            "out: {type: shop.helper.Own, filepath: data/out.json}\n",
            HELPER: SAVING_CLASS,
            MAIN: out("", "1"),
        },
        (HELPER, "factor = 1", "factor = 2"),
    ),
    "a hook that changes what is loaded": (
        {
            "pyproject.toml": PYPROJECT + 'hooks = ["shop.helper:hooks"]\n',
            HELPER: HOOK,
            MAIN: out("", "raw"),
        },
        (HELPER, "append(7)", "append(8)"),
    ),
    "a class whose object is in a file": (
        {
            "conf/base/catalog.yml": "raw: data/raw.json\n"
            "model: data/model.pkl\n"
            "out: data/out.json\n",
            HELPER: MODEL,
            RULES: "from shop.helper import Model\ndef make():\n    return Model()\n",
            OTHER: "from treadle import node\n"
            "from shop.rules import make\n"
            "@node\n"
            "def model(raw):\n"
            "    return make()\n",
            MAIN: "from treadle import node\n@node\ndef out(model):\n    return model.predict()\n",
        },
        (HELPER, "return 1", "return 2"),
    ),
    "a class whose object is in an object in a file": (
        {
            "conf/base/catalog.yml": "raw: data/raw.json\n"
            "model: data/model.pkl\n"
            "wrapped: data/wrapped.pkl\n"
            "out: data/out.json\n",
            HELPER: MODEL,
            OTHER: "from treadle import node\n"
            "from shop.helper import Model\n"
            "@node\n"
            "def model(raw):\n"
            "    return Model()\n"
            "@node\n"
            "def wrapped(model):\n"
            "    return {'model': [model]}\n",
            MAIN: "from treadle import node\n"
            "@node\n"
            "def out(wrapped):\n"
            "    return wrapped['model'][0].predict()\n",
        },
        (HELPER, "return 1", "return 2"),
    ),
    "a class whose objects are in a table": (
        {
            "conf/base/catalog.yml": "raw: data/raw.json\n"
            "model: data/model.pkl\n"
            "out: data/out.json\n",
            HELPER: MODEL,
            OTHER: "import pandas as pd\nfrom treadle import node\nfrom shop.rules import make\n"
            "@node\ndef model(raw):\n    return pd.DataFrame({'a': [make()]})\n",
            RULES: "from shop.helper import Model\ndef make():\n    return Model()\n",
            MAIN: "from treadle import node\n"
            "@node\n"
            "def out(model):\n"
            "    return [one.predict() for one in model.a]\n",
        },
        (HELPER, "return 1", "return 2"),
    ),
    "a class whose objects are in partitions": (
        {
            "conf/base/catalog.yml": "raw: data/raw.json\nmodels: {type: partitioned, path: "
            "data/models, dataset: pickle, filename_suffix: .pkl}\nout: "
            "data/out.json\n",
            HELPER: MODEL,
            OTHER: "from treadle import node\n"
            "from shop.helper import Model\n"
            "@node\n"
            "def models(raw):\n"
            "    return {'a': Model()}\n",
            MAIN: "from treadle import node\n"
            "@node\n"
            "def out(models):\n"
            "    return [load().predict() for load in models.values()]\n",
        },
        (HELPER, "return 1", "return 2"),
    ),
    # Code that is reached by a computed name, from a module that is in another package.
    "a class that a parameter names": (
        {
            LOADING: LOAD_NAMED,
            "conf/base/parameters.yml": "limit: shop.rules.Rule\n",
            RULES: NAMED_CLASS,
            MAIN: BY_NAME,
        },
        (RULES, "return 1", "return 2"),
    ),
    "what a class that a parameter names calls": (
        {
            LOADING: LOAD_NAMED,
            "conf/base/parameters.yml": "limit: shop.rules.Rule\n",
            HELPER: "def ask():\n    return 1\n",
            MAIN: BY_NAME,
            RULES: "from shop.helper import ask\n"
            + NAMED_CLASS.replace("return 1", "return ask()"),
        },
        (HELPER, "return 1", "return 2"),
    ),
    "a module that a file names and that is not there": (
        {
            LOADING: LOAD_OPTIONAL,
            "data/t.txt": "shop.extra",
            MAIN: out("from loading import load", "load(open('data/t.txt').read())"),
        },
        ("src/shop/extra.py", None, "VALUE = 2\n"),
    ),
    "a file that is run as a module": (
        {
            "plugins/one.py": "VALUE = 1\n",
            LOADING: RUN_FILE,
            MAIN: out("from loading import run_file", "run_file('plugins/one.py').VALUE"),
        },
        ("plugins/one.py", "1", "2"),
    ),
    "a file that runpy runs": (
        {
            "plugins/one.py": "VALUE = 1\n",
            LOADING: "import runpy\n",
            MAIN: out("from loading import runpy", "runpy.run_path('plugins/one.py')['VALUE']"),
        },
        ("plugins/one.py", "1", "2"),
    ),
    "a class whose object a node unpickles": (
        {
            HELPER: MODEL,
            "data/model.pkl": PICKLED,
            MAIN: out(
                "import pickle\ndef read():\n    with open('data/model.pkl', 'rb') as file:\n"
                "        return pickle.load(file)",
                "read().predict()",
            ),
        },
        (HELPER, "return 1", "return 2"),
    ),
    "a class whose object a node unpickles by joblib": (
        {
            HELPER: MODEL,
            "data/model.pkl": PICKLED,
            MAIN: out("import joblib", "joblib.load('data/model.pkl').predict()"),
        },
        (HELPER, "return 1", "return 2"),
    ),
}


def change(folder, edited, old, new):
    """Make an edit, and return the variables that are to be set from then on."""
    if edited == "environment":
        return {old: new}
    path = folder / edited
    text = path.read_text() if old is not None else ""
    assert old is None or old in text
    path.write_text(text.replace(old, new) if old is not None else new)
    return {}


@pytest.mark.parametrize("case", CASES)
def test_an_edit_is_never_left_out(case, tmp_path, forking):
    files, edit = CASES[case]
    for name, text in {**FILES, **files}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert "out" in forking(tmp_path)["ran"]
    second = forking(tmp_path)
    assert "out" in second["reused"]  # what does not change is not made again
    # And that is seen without an import, unless somebody wants to be asked: plugins, classes
    # without a digest of files, nodes that are never reused, and whoever looks for a module that is
    # not there.
    text = "".join(files.values())
    asked = ("class Own", "class Hook", "cache=False", "except ImportError:\n        return")
    assert forking(tmp_path, only_plan=True)["repeated"] == (
        not any(mark in text for mark in asked)
    )
    before = (tmp_path / "data/out.json").read_text()
    variables = change(tmp_path, *edit)
    answer = forking(tmp_path, environment=variables)
    assert not answer["repeated"]
    found = json.loads((tmp_path / "data/out.json").read_text())
    forking(tmp_path, fresh=True, environment=variables)
    assert found == json.loads((tmp_path / "data/out.json").read_text()) != json.loads(before)
    assert answer["planned"]["out"][0] == "run"


def test_what_a_node_read_is_in_the_record_of_each_run(tmp_path, treadle):
    files = {
        "pyproject.toml": PYPROJECT,
        "data/t.json": "1",
        "src/shop/rates.json": "3",
        HELPER: FROM_FILE.replace("t.json", "rates.json"),
        MAIN: out(
            "import json, os\nfrom shop.helper import T",
            "[T, json.load(open('data/t.json')), os.environ.get('SHOP_SITE', 'none')]",
        ),
    }
    for name, text in {**FILES, **files}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    def uses():
        assert treadle("run", cwd=tmp_path).code == 0
        shown = json.loads(treadle("runs", "show", "latest", "--json", cwd=tmp_path).out)
        return {
            (one["dataset"], one["type"], one["digest"])
            for one in shown["datasets"]
            if one["dataset"] != "out"
        }

    ran = uses()
    assert {name for name, kind, _ in ran} == {
        "raw",
        "data/t.json",
        "SHOP_SITE",
        "src/shop/rates.json",
    }
    assert uses() == ran  # reused, after a plan
    assert uses() == ran  # reused, without an import
    (tmp_path / "data/t.json").write_text("2")
    told = treadle("why", "out", cwd=tmp_path).out
    assert 'the file "data/t.json", which it read, changed' in told
    assert "environment" in told or "variable" in told
    assert uses() != ran
    runs = json.loads(treadle("runs", "--json", cwd=tmp_path).out)
    assert "data/t.json" in treadle("diff", runs[1]["id"], runs[0]["id"], cwd=tmp_path).out
