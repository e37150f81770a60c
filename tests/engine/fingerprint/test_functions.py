"""How a function reaches code.

Each way in a module of its own, before and after an edit of its helper.
"""

import importlib
import json
import os
import subprocess
import sys

import pytest

from treadle.engine.fingerprint import fingerprint_code

HELPER = """
class Client:
    kind = "a"

    def ask(self, value):
        return value + 1

    def __call__(self, value):
        return self.ask(value)


class Child(Client):
    pass


class Meta(type):
    def __call__(cls, *args):
        return super().__call__(*args)


class Made(metaclass=Meta):
    pass


def ask(value):
    return value + 1


async def wait(value):
    return value + 1


def spare(value):
    return value


LIMIT = 1
"""
CHANGED = HELPER.replace("value + 1", "value + 2")

WAYS = {
    "by name": "from {h} import ask\ndef main(x):\n    return ask(x)",
    "by another name": "from {h} import ask as other\ndef main(x):\n    return other(x)",
    "by its module": "import {h}\ndef main(x):\n    return {h}.ask(x)",
    "by its module under another name": "import {h} as tools\n"
    "def main(x):\n"
    "    return tools.ask(x)",
    "by a star": "from {h} import *\ndef main(x):\n    return ask(x)",
    "import inside": "def main(x):\n    from {h} import ask\n    return ask(x)",
    "module imported inside": "def main(x):\n    import {h}\n    return {h}.ask(x)",
    "module imported inside under another name": "def main(x):\n"
    "    import {h} as tools\n"
    "    return tools.ask(x)",
    "one key of a dict": "from {h} import ask\n"
    "TABLE = {{'a': ask}}\n"
    "def main(x):\n"
    "    return TABLE['a'](x)",
    "one attribute of an object": "import types\n"
    "from {h} import ask\n"
    "S = types.SimpleNamespace(inner=types.SimpleNamespace(a=ask))\n"
    "def main(x):\n"
    "    return S.inner.a(x)",
    "one attribute of a class": "from {h} import ask\n"
    "class S:\n"
    "    TABLE = {{'a': [ask]}}\n"
    "def main(x):\n"
    "    return S.TABLE['a'][0](x)",
    "a property of a value": "from {h} import ask\n"
    "class S:\n"
    "    b = 1\n"
    "    @property\n"
    "    def a(self):\n"
    "        return ask\n"
    "s = S()\n"
    "def main(x):\n"
    "    return s.a(x)",
    "an attribute by __getattr__": "from {h} import ask\n"
    "class S:\n"
    "    def __getattr__(self, name):\n"
    "        return ask\n"
    "s = S()\n"
    "def main(x):\n"
    "    return s.a(x)",
    "an attribute by __getattribute__": "from {h} import ask\n"
    "class S:\n"
    "    def __getattribute__(self, name):\n"
    "        return ask\n"
    "s = S()\n"
    "def main(x):\n"
    "    return s.a(x)",
    "an item by __getitem__": "from {h} import ask\n"
    "class S(dict):\n"
    "    def __getitem__(self, name):\n"
    "        return ask\n"
    "s = S(a=1)\n"
    "def main(x):\n"
    "    return s['a'](x)",
    "an attribute by a metaclass": "from {h} import ask\n"
    "class Meta(type):\n"
    "    def __getattribute__(cls, name):\n"
    "        return ask\n"
    "class S(metaclass=Meta):\n"
    "    a = 1\n"
    "def main(x):\n"
    "    return S.a(x)",
    "an attribute by a descriptor": "from {h} import ask\n"
    "class D:\n"
    "    def __get__(self, *_):\n"
    "        return ask\n"
    "class S:\n"
    "    a = D()\n"
    "s = S()\n"
    "def main(x):\n"
    "    return S.a(x) or s.a(x)",
    "a function of a shared generator": "from random import choice\n"
    "from {h} import ask\n"
    "def main(x, pick=choice):\n"
    "    return ask(choice([x]))",
    "an object that refers to a shared generator": "import numpy as np, random\nfrom {h} import "
    "ask\n"
    "KEPT = [np.random.mtrand._rand, random._inst, np.random.rand]\ndef main(x):\n    return "
    "ask(KEPT)",
    "a class of attrs": "import attr\n"
    "from {h} import ask\n"
    "@attr.frozen\n"
    "class S:\n"
    "    a: int\n"
    "    def b(self):\n"
    "        return ask(self.a)\n"
    "def main(x):\n"
    "    return hash(S(x)) and S(x).b()",
    "in a dict": "from {h} import ask\n"
    "TABLE = {{'a': [ask]}}\n"
    "def main(x):\n"
    "    return TABLE['a'][0](x)",
    "in a tuple of a dict of partials": "from functools import partial\nfrom {h} import ask\n"
    "TABLE = {{'a': (partial(ask), 1)}}\ndef main(x):\n    return TABLE['a'][0](x)",
    "an object's method": "from {h} import Client\n"
    "client = Client()\n"
    "def main(x):\n"
    "    return client.ask(x)",
    "an object of a child": "from {h} import Child\n"
    "client = Child()\n"
    "def main(x):\n"
    "    return client.ask(x)",
    "a bound method": "from {h} import Client\nask = Client().ask\ndef main(x):\n    return ask(x)",
    "a callable object": "from {h} import Client\nmain = Client()",
    "a method as the function": "from {h} import Client\nmain = Client().ask",
    "a class": "from {h} import Child\ndef main(x):\n    return Child().ask(x)",
    "a class that is passed": "from {h} import Child\ndef main(x):\n    return make(Child, x)\n"
    "def make(kind, x):\n    return kind().ask(x)",
    "a class made inside": "from {h} import Client\n"
    "def main(x):\n"
    "    class Inner(Client):\n"
    "        pass\n"
    "    return Inner().ask(x)",
    "an annotation": "from {h} import Client\ndef main(x: Client):\n    return x",
    "a late annotation": "from __future__ import annotations\n"
    "from {h} import Client\n"
    "def main(x: Client):\n"
    "    return x",
    "a default": "from {h} import ask\ndef main(x, call=ask):\n    return call(x)",
    "a keyword default": "from {h} import Client\n"
    "def main(x, *, client=Client()):\n"
    "    return client.ask(x)",
    "a lambda": "from {h} import ask\nmain = lambda x: ask(x)",
    "a lambda in a lambda": "from {h} import ask\nmain = lambda x: (lambda y: ask(y))(x)",
    "a lambda by its module": "import {h} as tools\nmain = lambda x: tools.ask(x)",
    "a comprehension": "from {h} import ask\n"
    "def main(x):\n"
    "    return [ask(y) for y in x if ask(y)]",
    "passed on": "from {h} import ask\ndef main(x):\n    return list(map(ask, x))",
    "a closure of a closure": "from {h} import ask\n"
    "def outer():\n"
    "    def inner(call):\n"
    "        return lambda x: call(x)\n"
    "    return inner(ask)\n"
    "main = outer()",
    "a decorator": "from {h} import ask\ndef with_it(func):\n    return lambda x: ask(func(x))\n"
    "@with_it\ndef main(x):\n    return x",
    "a decorator with arguments": "from {h} import ask\n"
    "def with_it(call):\n"
    "    def decorate(func):\n"
    "        return lambda x: call(func(x))\n"
    "    return decorate\n"
    "@with_it(ask)\n"
    "def main(x):\n"
    "    return x",
    "getattr with a written name": "import {h}\ndef main(x):\n    return getattr({h}, 'ask')(x)",
    "getattr with a computed name": "import {h}\n"
    "def main(x, name='ask'):\n"
    "    return getattr({h}, name)(x)",
    "import by a computed name": "import importlib\n"
    "def main(x, name='{h}'):\n"
    "    return importlib.import_module(name).ask(x)",
    "import by a function of another name": "from importlib import import_module as load\n"
    "def main(x, name='{h}'):\n"
    "    return load(name).ask(x)",
    "eval": "from {h} import ask\ndef main(x, text='ask(1)'):\n    return eval(text)",
    "globals": "from {h} import ask\ndef main(x, name='ask'):\n    return globals()[name](x)",
    "a coroutine": "import asyncio\n"
    "from {h} import wait\n"
    "def main(x):\n"
    "    return asyncio.run(wait(x))",
    "a generator": "from {h} import ask\ndef main(x):\n    yield ask(x)",
    "a name that is global there": "from {h} import ask\n"
    "def main(x):\n"
    "    global ask\n"
    "    return ask(x)",
    "a condition at the top": "try:\n"
    "    from {h} import ask\n"
    "except ImportError:\n"
    "    ask = None\n"
    "def main(x):\n"
    "    return ask(x)",
    "a patched module": "import json\n"
    "import {h}\n"
    "{h}.spare = {h}.ask\n"
    "def main(x):\n"
    "    return {h}.spare(x)",
    "a property": "from {h} import ask\n"
    "class Box:\n"
    "    @property\n"
    "    def value(self):\n"
    "        return ask(1)\n"
    "def main(x):\n"
    "    return Box().value",
    "a cached property": "import functools\n"
    "from {h} import ask\n"
    "class Box:\n"
    "    @functools.cached_property\n"
    "    def value(self):\n"
    "        return ask(1)\n"
    "def main(x):\n"
    "    return Box().value",
    "a cache": "import functools\n"
    "from {h} import ask\n"
    "@functools.lru_cache(8)\n"
    "def main(x):\n"
    "    return ask(x)",
    "a method put in later": "from {h} import ask\n"
    "class Box:\n"
    "    pass\n"
    "Box.run = lambda self, x: ask(x)\n"
    "def main(x):\n"
    "    return Box().run(x)",
    "a node": "from treadle import node\n"
    "from {h} import ask\n"
    "@node\n"
    "def main(x):\n"
    "    return ask(x)",
    "another node": "from treadle import node\n"
    "from {h} import ask\n"
    "@node\n"
    "def one(x):\n"
    "    return ask(x)\n"
    "def main(x):\n"
    "    return one(x)",
}

PROGRAM = """
import importlib, json, sys
from treadle.engine.fingerprint import fingerprint_code
found = {}
for name in json.loads(sys.argv[1]):
    code = fingerprint_code(importlib.import_module(name).main)
    found[name] = [code.pieces, code.packages]
print(json.dumps(found, sort_keys=True))
"""


def fingerprints(folder, helper, wanted):
    for place, (_, text) in enumerate(WAYS.items()):
        (folder / f"way{place}.py").write_text(text.format(h=f"helper{place}") + "\n")
        (folder / f"helper{place}.py").write_text(helper)
    done = subprocess.run(
        [sys.executable, "-B", "-c", PROGRAM, json.dumps(wanted)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """The fingerprints before an edit, after one of each way, and after one of none."""
    wanted = [f"way{place}" for place in range(len(WAYS))]
    return {
        name: fingerprints(tmp_path_factory.mktemp(name), helper, wanted)
        for name, helper in {
            "before": HELPER,
            "changed": CHANGED,
            "again": HELPER,
            "elsewhere": HELPER.replace(
                "def spare(value):\n    return value", "def spare(value):\n    return -value"
            ),
        }.items()
    }


WIDE = {
    "getattr with a computed name",
    "import by a computed name",
    "import by a function of another name",
    "eval",
    "globals",
    "a patched module",
}


@pytest.mark.parametrize("way", WAYS)
def test_an_edit_of_what_is_reached_changes_the_fingerprint(way, found):
    name = f"way{list(WAYS).index(way)}"
    assert found["before"][name] == found["again"][name]
    if not way.startswith(
        "import by a"
    ):  # which module that is, nobody can say; see the test below
        assert found["before"][name] != found["changed"][name]


@pytest.mark.parametrize("way", [way for way in WAYS if way not in WIDE])
def test_an_edit_of_something_else_does_not(way, found):
    name = f"way{list(WAYS).index(way)}"
    assert found["before"][name] == found["elsewhere"][name]


ODD = {
    "an attribute of itself": "def main(v):\n    return [x + main.skip for x in v]\nmain.skip = 1",
    "an attribute of its own result": "def main(s):\n"
    "    return main(s[1:]).lower() if s.startswith(' ') else s",
    "a memo on itself": "def main(n):\n    return main.known.setdefault(n, n)\nmain.known = {}",
    "two that call each other": "def main(v):\n"
    "    return other(v).real\n"
    "def other(v):\n"
    "    return main(v).real",
    "a chain of 2,000 functions": "def f0(v):\n    return v\n"
    + "".join(f"def f{n}(v):\n    return f{n - 1}(v)\n" for n in range(1, 2000))
    + "main = f1999",
    "an expression of 900 terms": "LIMIT = 1\ndef main(v):\n    return "
    + " + ".join(["LIMIT"] * 900),
    "a number of 5,000 digits": "LIMIT = 10**5000\ndef main(v):\n    return LIMIT",
    "an object that cannot be looked at": "class Odd:\n    @property\n    def __class__(self):\n"
    "        raise RuntimeError('not now')\nodd = Odd()\ndef main(v):\n    return odd",
    "a class whose attributes come as they are asked for": "class Meta(type):\n    def "
    "__getattr__(cls, name):\n"
    "        raise RuntimeError('not now')\nclass Odd(metaclass=Meta):\n    pass\ndef main(v):\n  "
    "  return Odd.x",
    "a value nested 500 deep": "VALUE = []\n"
    "for _ in range(500):\n"
    "    VALUE = [VALUE]\n"
    "def main(v):\n"
    "    return VALUE",
}


@pytest.mark.parametrize("way", ODD)
def test_nothing_that_python_runs_ends_in_an_error(way, tmp_path):
    (tmp_path / "way0.py").write_text(ODD[way] + "\n")
    done = subprocess.run(
        [sys.executable, "-B", "-c", PROGRAM, '["way0"]'],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    pieces, _ = json.loads(done.stdout)["way0"]
    assert any(piece.startswith("way0:") for piece in pieces)


@pytest.mark.parametrize(
    ("files", "origin"),
    [
        ({"tool.py": "def ask(): pass", "tool-2.1.dist-info/RECORD": "tool.py,,"}, "package"),
        (
            {
                "other/__init__.py": "",
                "other/tool.py": "def ask(): pass",
                "Many_Tools-1.dist-info/RECORD": "other/tool.py,,",
            },
            "package",
        ),
        ({"tool.py": "def ask(): pass", "tool.egg-info/PKG-INFO": ""}, "project"),
        ({"tool.py": "def ask(): pass"}, "project"),
    ],
)
def test_what_was_installed_into_a_folder_of_any_name_is_a_package(files, origin, tmp_path):
    for name, text in files.items():
        (tmp_path / "lib" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "lib" / name).write_text(text)
    module = "other.tool" if "other/tool.py" in files else "tool"
    (tmp_path / "way0.py").write_text(f"from {module} import ask\ndef main(v):\n    return ask()\n")
    done = subprocess.run(
        [
            sys.executable,
            "-B",
            "-c",
            "import sys; sys.path.insert(0, 'lib')\n" + PROGRAM,
            '["way0"]',
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    pieces, packages = json.loads(done.stdout)["way0"]
    assert (f"{module}:ask" in pieces) == (origin == "project")
    assert (module.partition(".")[0] in packages) == (origin == "package")


STALE = "def value():\n    return {}\n\n\nclass C:\n    def value(self):\n        return {}\n"


def test_a_function_that_was_edited_after_its_import_is_told_by_the_code_that_runs(
    tmp_path, monkeypatch
):
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "edited_later.py"
    path.write_text(STALE.format(1, 1))
    module = importlib.import_module("edited_later")
    as_it_runs = [fingerprint_code(one).pieces for one in (module.value, module.C)]
    path.write_text(
        STALE.format(22, 22)
    )  # of another size, or Python would take the old compiled code
    edited = [fingerprint_code(one).pieces for one in (module.value, module.C)]
    module = importlib.reload(module)
    reloaded = [fingerprint_code(one).pieces for one in (module.value, module.C)]
    for before, between, after in zip(as_it_runs, edited, reloaded, strict=True):
        assert before != after
        assert between != after  # what it makes now is not kept under the new code's key
    del sys.modules["edited_later"]


def test_compiled_code_of_another_text_is_told_by_what_it_is(tmp_path):
    """Python takes compiled code by the size and the second of its source."""
    (tmp_path / "half.py").write_text("def value():\n    return 1\n")
    os.utime(tmp_path / "half.py", (1_600_000_000, 1_600_000_000))
    ask = (
        "import half; from treadle.engine.fingerprint import fingerprint_code; "
        "print(half.value(), fingerprint_code(half.value).pieces['half:value'])"
    )
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    }

    def run():
        command = [sys.executable, "-c", ask]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
        ).stdout

    first = run().split()
    (tmp_path / "half.py").write_text("def value():\n    return 2\n")
    os.utime(tmp_path / "half.py", (1_600_000_000, 1_600_000_000))
    stale = run().split()
    (compiled,) = (tmp_path / "__pycache__").glob("half.*.pyc")
    compiled.unlink()
    true = run().split()
    assert (first[0], stale[0], true[0]) == ("1", "1", "2")
    assert stale[1] != true[1]
