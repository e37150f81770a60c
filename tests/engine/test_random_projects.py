"""Makes random projects out of the ways by which something reaches a node, and edits them.

Each way is a template of some files, of which ``m@I.py`` has a function ``value``. ``@N`` and
``@M`` are numbers that edits change, and ``@INNER`` is the value of another part. So a registry
holds what a factory makes of a file. After each edit, what a run leaves must be what a run from
scratch leaves.

``RANDOM_PROJECTS`` in the environment says how many projects are tried.
"""

import json
import os

import msgspec
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

PROJECTS = int(os.environ.get("RANDOM_PROJECTS", "3"))

WAYS = {
    "a constant": """--- m@I.py
K = @N
def value():
    return K + @INNER
""",
    "a default value": """--- m@I.py
def value(k=@N):
    return k + @INNER
""",
    "a keyword default": """--- m@I.py
def value(*, k=@N):
    return k + @INNER
""",
    "a lambda in a dict": """--- m@I.py
CHOICE = {'a': lambda: @N + @INNER}
def value():
    return CHOICE['a']()
""",
    "a partial": """--- m@I.py
import functools
def add(a):
    return a + @INNER
value = functools.partial(add, @N)
""",
    "a cached function": """--- m@I.py
import functools
@functools.cache
def value():
    return @N + @INNER
""",
    "a function attribute": """--- m@I.py
def value():
    return value.k + @INNER
value.k = @N
""",
    "a function made in a function": """--- m@I.py
def make(k):
    def value():
        return k + @INNER
    return value
value = make(@N)
""",
    "a class made in a function": """--- m@I.py
def make(k):
    class Made:
        top = k
        def ask(self):
            return k + self.top + @INNER
    return Made
Made = make(@N)
def value():
    return Made().ask()
""",
    "a decorator with an argument": """--- part@I.py
import functools
def more(amount):
    def decorate(func):
        @functools.wraps(func)
        def wrapper(*args):
            return func(*args) + amount + @M
        return wrapper
    return decorate
--- m@I.py
from shop.part@I import more
@more(@N)
def value():
    return @INNER
""",
    "a registry filled by a decorator": """--- part@I.py
class Registry:
    items = {}
    @classmethod
    def add(cls, func):
        cls.items[func.__name__] = func
        return func
--- rules@I.py
from shop.part@I import Registry
@Registry.add
def one():
    return @N + @INNER
@Registry.add
def two():
    return @M
--- m@I.py
from shop import rules@I
from shop.part@I import Registry
def value():
    return sum(one() for one in Registry.items.values())
""",
    "a registry filled by __init_subclass__": """--- part@I.py
class Rule:
    known = []
    def __init_subclass__(cls, weight=1):
        cls.weight = weight
        Rule.known.append(cls)
--- rules@I.py
from shop.part@I import Rule
class One(Rule, weight=@M):
    def ask(self):
        return @N + @INNER
--- m@I.py
from shop import rules@I
from shop.part@I import Rule
def value():
    return sum(one().ask() * one.weight for one in Rule.known)
""",
    "a registry filled by a metaclass": """--- part@I.py
class Meta(type):
    known = []
    def __init__(cls, *args):
        Meta.known.append(cls)
--- rules@I.py
from shop.part@I import Meta
class One(metaclass=Meta):
    top = @N
    def ask(self):
        return self.top + @INNER
--- m@I.py
from shop import rules@I
from shop.part@I import Meta
def value():
    return sum(one().ask() for one in Meta.known)
""",
    "subclasses": """--- part@I.py
class Rule:
    pass
--- rules@I.py
from shop.part@I import Rule
class One(Rule):
    def ask(self):
        return @N + @INNER
class Two(One):
    def ask(self):
        return super().ask() * @M
--- m@I.py
from shop import rules@I
from shop.part@I import Rule
def value():
    return sum(two().ask() for one in Rule.__subclasses__() for two in one.__subclasses__())
""",
    "a method of a base": """--- part@I.py
class Base:
    scale = @M
    def ask(self):
        return self.scale * self.top
--- m@I.py
from shop.part@I import Base
class Own(Base):
    @property
    def top(self):
        return @N + @INNER
def value():
    return Own().ask()
""",
    "a class attribute that another module sets": """--- part@I.py
class Rule:
    top = 0
    @classmethod
    def ask(cls):
        return cls.top + @M + @INNER
--- rules@I.py
from shop.part@I import Rule
Rule.top = @N
--- m@I.py
from shop import rules@I
from shop.part@I import Rule
def value():
    return Rule.ask()
""",
    "a method that another module replaces": """--- part@I.py
class Rule:
    def ask(self):
        return 0
--- rules@I.py
from shop.part@I import Rule
for name in ["ask"]:
    setattr(Rule, name, lambda self: @N + @INNER)
--- m@I.py
from shop import rules@I
from shop.part@I import Rule
def value():
    return Rule().ask()
""",
    "the precision of decimals": """--- rules@I.py
import decimal
decimal.getcontext().prec = @N
--- m@I.py
import decimal
from shop import rules@I
def value():
    return len(str(decimal.Decimal(1) / 3)) + @INNER
""",
    "a variable that a module sets": """--- rules@I.py
import os
os.environ["SHOP_SET_@I"] = "@N"
--- m@I.py
import os
from shop import rules@I
def value():
    return int(os.environ["SHOP_SET_@I"]) + @INNER
""",
    "a function of a library that is replaced": """--- rules@I.py
import textwrap
shorten_@I = lambda text, n=@N: n
setattr(textwrap, "shorten_@I", shorten_@I)
--- m@I.py
import textwrap
from shop import rules@I
def value():
    return textwrap.shorten_@I("x") + @INNER
""",
    "a file that is read at import": """--- t@I.json
@N
--- m@I.py
import json, pathlib
T = json.loads(pathlib.Path(__file__).with_name("t@I.json").read_text())
def value():
    return T + @INNER
""",
    "a file that an attribute is read from": """--- t@I.json
@N
--- m@I.py
import json, pathlib
class Settings:
    t = json.loads(pathlib.Path(__file__).with_name("t@I.json").read_text())
def value():
    return Settings.t + @INNER
""",
    "a file that is read when it is needed": """--- t@I.json
@N
--- m@I.py
import json, pathlib
def value():
    return json.loads(pathlib.Path(__file__).with_name("t@I.json").read_text()) + @INNER
""",
    "files of a folder": """--- d@I/a.txt
@N
--- d@I/b@M.txt
1
--- m@I.py
import pathlib
def value():
    found = pathlib.Path(__file__).with_name("d@I").glob("*.txt")
    return sum(int(one.read_text()) + len(one.name) for one in found) + @INNER
""",
    "a variable": """--- environment
SHOP_@I
--- m@I.py
import os
def value():
    return int(os.environ.get("SHOP_@I", "@M")) + @INNER
""",
    "a variable that a constant is": """--- environment
SHOP_@I
--- m@I.py
import os
K = int(os.getenv("SHOP_@I", "@M"))
def value():
    return K + @INNER
""",
    "a variable by which a function is chosen": """--- environment
SHOP_@I
--- m@I.py
import os
if int(os.environ.get("SHOP_@I", "1")) % 2:
    def value():
        return @M + @INNER
else:
    def value():
        return -@M + @INNER
""",
    "a float with an attribute": """--- m@I.py
class Metres(float):
    pass
LENGTH = Metres(@N)
LENGTH.scale = @M
def value():
    return int(LENGTH) * LENGTH.scale + @INNER
""",
    "a list with an attribute": """--- m@I.py
class Stack(list):
    def total(self):
        return sum(self) + self.more
STACK = Stack([1, @N])
STACK.more = @M
def value():
    return STACK.total() + @INNER
""",
    "a dict with a function for what is missing": """--- m@I.py
from collections import defaultdict
def missing():
    return @N + @INNER
TABLE = defaultdict(missing, a=@M)
def value():
    return TABLE.copy()["b"] + TABLE["a"]
""",
    "an object with slots": """--- m@I.py
class Box:
    __slots__ = ("a", "func")
    def __init__(self, a, func):
        self.a, self.func = a, func
BOX = Box(@N, lambda: @M + @INNER)
def value():
    return BOX.a + BOX.func()
""",
    "a dataclass that holds a function": """--- m@I.py
from dataclasses import dataclass, field
def ask():
    return @M + @INNER
@dataclass
class Box:
    func: object = ask
    items: list = field(default_factory=lambda: [@N])
def value():
    return Box().func() + Box().items[0]
""",
    "an enum": """--- m@I.py
import enum
class Mode(enum.IntEnum):
    FAST = @N
    def ask(self):
        return self.value + @M + @INNER
def value():
    return Mode.FAST.ask()
""",
    "a context variable": """--- m@I.py
import contextvars
LEVEL = contextvars.ContextVar("level", default=0)
LEVEL.set(@N)
def value():
    return LEVEL.get() + @INNER
""",
    "an object without a digest": """--- part@I.py
import threading
class Box:
    def __init__(self):
        self.lock = threading.Lock()
        self.items = []
BOX = Box()
--- rules@I.py
from shop.part@I import BOX
BOX.items.append(@N)
--- m@I.py
from shop import rules@I
from shop.part@I import BOX
def value():
    return sum(BOX.items) + @INNER
""",
    "an object that is called": """--- m@I.py
class Call:
    def __init__(self, k):
        self.k = k
    def __call__(self):
        return self.k + @M + @INNER
value = Call(@N)
""",
    "an attribute of a module that is computed": """--- part@I.py
def __getattr__(name):
    return @N
--- m@I.py
from shop import part@I
def value():
    return part@I.anything + @INNER
""",
    "an attribute of a class that is computed": """--- m@I.py
class Any:
    def __getattr__(self, name):
        return @N + @INNER
ANY = Any()
def value():
    return ANY.anything
""",
    "a descriptor": """--- part@I.py
class Scaled:
    def __init__(self, k):
        self.k = k
    def __get__(self, owner, kind):
        return self.k * @M
--- m@I.py
from shop.part@I import Scaled
class Own:
    top = Scaled(@N)
def value():
    return Own().top + @INNER
""",
    "a name that is made by another name": """--- m@I.py
globals()['K'] = @N
def value():
    return K + @INNER
""",
    "a name that is executed": """--- m@I.py
exec('K = @N')
def value():
    return K + @INNER
""",
    "all names of a module": """--- part@I.py
K, L = @N, @M
--- m@I.py
from shop.part@I import *
def value():
    return K + L + @INNER
""",
    "an import in a function": """--- part@I.py
K = @N
def ask():
    return K * @M
--- m@I.py
def value():
    from shop.part@I import ask
    return ask() + @INNER
""",
    "an import by a computed name": """--- part@I.py
def ask():
    return @N + @INNER
--- m@I.py
import importlib
def value():
    return importlib.import_module("shop.part" + "@I").ask()
""",
    "a loop that fills a list": """--- m@I.py
ITEMS = []
for number in range(@N):
    ITEMS.append(number)
def value():
    return len(ITEMS) * @M + @INNER
""",
    "a condition on another module": """--- part@I.py
LIMIT = @N
--- m@I.py
from shop.part@I import LIMIT
if LIMIT > 4:
    def value():
        return @M + @INNER
else:
    def value():
        return -@M
""",
    "a function chosen by type": """--- m@I.py
import functools
@functools.singledispatch
def ask(given):
    return 0
@ask.register
def _(given: int):
    return given * @N + @INNER
def value():
    return ask(2)
""",
    "a pickled object": """--- part@I.py
class Model:
    def predict(self):
        return @N + @INNER
--- m@I.py
import pickle
def value():
    return pickle.loads(b"cshop.part@I\\nModel\\n)R.").predict()
""",
    "a coroutine": """--- m@I.py
import asyncio
async def ask():
    return @N + @INNER
def value():
    return asyncio.run(ask())
""",
    "a generator": """--- m@I.py
def give():
    yield @N
    yield @INNER
def value():
    return sum(give())
""",
}

ENUM = """import enum
class Mode(enum.Enum):
    fast = @N
    slow = 0
    def ask(self):
        return self.value * @M
"""
DATACLASS = """from dataclasses import dataclass
@dataclass
class Model:
    depth: int
    more: int = @M
    def ask(self):
        return self.depth * self.more
"""
PARAMETERS = {
    "a number": ("@N", "int", "", "p"),
    "an enum": ("@N", "Mode", ENUM, "p.ask()"),
    "a dataclass": ("{depth: @N}", "Model", DATACLASS, "p.ask()"),
    "a date": ("2024-01-0@N", "date", "from datetime import date\n", "p.day"),
    "what is in a dict": ("{1: @N}", "dict[int, int]", "", "p[1]"),
}
"""What is in the file of parameters, the type of the argument with its code, and the result."""


class Part(msgspec.Struct):
    """One part of a project: a way, its numbers, and the part whose value is in its own."""

    way: str
    numbers: list[int]
    inner: int | None

    def fill(self, text):
        """Put the numbers in a template."""
        first, second = map(str, self.numbers)
        return text.replace("@N", first).replace("@M", second)

    def render(self, position):
        """Write its files, and return them with the variables that are set."""
        inner = "0" if self.inner is None else f"m{self.inner}.value()"
        text = self.fill(WAYS[self.way].replace("@INNER", inner).replace("@I", str(position)))
        files = {}
        for piece in text.removeprefix("--- ").split("\n--- "):
            name, _, content = piece.partition("\n")
            if self.inner is not None and name.endswith(".py") and inner in content:
                content = f"from shop import m{self.inner}\n{content}"
            files[name] = content
        variable = files.pop("environment", "").strip()
        return files, {variable: str(self.numbers[0])} if variable else {}


class Project(msgspec.Struct):
    """The parts of a project, which of them each node uses, and a parameter of each node."""

    parts: list[Part]
    uses: list[set[int]]
    parameters: list[Part]

    def render(self):
        """Write its files, and return them with the variables that are set."""
        files = {"__init__.py": "", "pipelines/__init__.py": ""}
        variables: dict[str, str] = {}
        values = ""
        for position, part in enumerate(self.parts):
            own, names = part.render(position)
            files |= own
            variables |= names
        for position in range(len(self.uses)):
            value, code, node = self.render_node(position)
            values += f"p{position}: {value}\n"
            files[f"par{position}.py"] = code
            name = f"pipelines/{('main', 'other')[position % 2]}.py"
            files[name] = files.get(name, "") + node
        whole = {f"src/shop/{name}": text for name, text in files.items()}
        return {**whole, "conf/base/parameters.yml": values}, variables

    def render_node(self, position):
        """Return the value of a node's parameter, the code of its type, and the node."""
        part = self.parameters[position]
        value, kind, code, result = PARAMETERS[part.way]
        modules = [f"m{one}" for one in sorted(self.uses[position])]
        results = ", ".join([*(f"{one}.value()" for one in modules), result])
        node = f"""
from shop import {", ".join(modules)}
from shop.par{position} import *
from treadle import node, param
@node
def out{position}(raw, p: {kind} = param("p{position}")):
    return [{results}]
"""
        return part.fill(value), part.fill(code), node


numbers = st.lists(st.integers(1, 9), min_size=2, max_size=2)


@st.composite
def projects(draw):
    """Draw a project."""
    count = draw(st.integers(4, 9))
    ways, kinds = st.sampled_from(sorted(WAYS)), st.sampled_from(sorted(PARAMETERS))
    parts = [
        Part(
            draw(ways),
            draw(numbers),
            draw(st.none() | st.integers(0, position - 1)) if position else None,
        )
        for position in range(count)
    ]
    used = st.sets(st.integers(0, count - 1), min_size=1, max_size=3)
    uses = draw(st.lists(used, min_size=2, max_size=4))
    return Project(parts, uses, [Part(draw(kinds), draw(numbers), None) for _ in uses])


def edit(data, project):
    """Change one thing, and return what."""
    is_part = data.draw(st.booleans() | st.just(value=True))
    parts, ways = (project.parts, WAYS) if is_part else (project.parameters, PARAMETERS)
    position = data.draw(st.integers(0, len(parts) - 1))
    part = parts[position]
    kinds = ["first number", "second number", "way"]
    kind = data.draw(st.sampled_from(kinds + (["inner"] if is_part and position else [])))
    if kind == "way":
        part.way = data.draw(st.sampled_from(sorted(ways)))
    elif kind == "inner":
        part.inner = data.draw(st.none() | st.integers(0, position - 1))
    else:
        part.numbers[kinds.index(kind)] = data.draw(st.integers(1, 9))
    return f"the {kind} of {position}: {part}"


def create(folder, project):
    """Make the folder of a project, without its code."""
    outputs = "".join(f"out{one}: data/out{one}.json\n" for one in range(len(project.uses)))
    for name, text in {
        "pyproject.toml": '[project]\nname = "shop"\n[tool.treadle]\npackage = "shop"\n',
        "conf/base/catalog.yml": f"raw: data/raw.json\n{outputs}",
        "data/raw.json": "[1, 2]",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def write(folder, project):
    """Write the files that changed, and return the variables that are set."""
    files, variables = project.render()
    for path in [*(folder / "src").rglob("*")]:
        if path.is_file() and path.relative_to(folder).as_posix() not in files:
            path.unlink()
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
    return variables


def read_results(folder):
    return {path.name: json.loads(path.read_text()) for path in (folder / "data").glob("out*")}


@settings(
    max_examples=PROJECTS,
    deadline=None,
    phases=[Phase.generate],  # a smaller example would take minutes to be found
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_an_edit_of_a_random_project_is_never_left_out(data, tmp_path_factory, forking):
    project = data.draw(projects())
    folder = tmp_path_factory.mktemp("random")
    create(folder, project)
    variables = write(folder, project)
    forking(folder, environment=variables)
    assert not forking(folder, environment=variables)["ran"]  # nothing has changed
    for _ in range(3):
        before = read_results(folder)
        what = edit(data, project)
        variables = write(folder, project)
        answer = forking(folder, environment=variables)
        found = read_results(folder)
        forking(folder, fresh=True, environment=variables)
        expected = read_results(folder)
        assert found == expected, (what, answer["planned"])
        assert not answer["repeated"] or before == expected, what
