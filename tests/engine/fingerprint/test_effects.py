"""Statements at the top of a module, each with whom it concerns."""

import ast
import importlib
import sys

import pytest

from treadle.engine.fingerprint.effects import Effect, Effects

BEFORE = """
import collections
import decimal
import functools
import json
import logging
import os
import sys
import threading
import typing
import warnings
from os import environ
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

import neighbour

LOG = logging.getLogger(__name__)
NAMES = []
TABLE = {}
ITEMS = collections.defaultdict(list)
CONTEXT = decimal.getcontext()
PARSER = json.JSONDecoder()

class Box:
    size = 1
    def __init__(self, size=1):
        self.size = size
    def put(self, value):
        self.size = value
    def set_all(self):
        decimal.getcontext().prec = 3

class Locked:
    def __init__(self):
        self.lock = threading.Lock()
        self.items = []

@dataclass
class Settings:
    depth: int = 1

BOX = Box()
LOCKED = Locked()

def register(func):
    TABLE[func.__name__] = func
    return func

def double(value):
    lines = []
    lines.append(value)
    return value * 2

def setup(digits):
    decimal.getcontext().prec = digits
    return digits

def setup_by_name(digits):
    context = decimal.getcontext()
    context.prec = digits
    return digits

def setup_behind(digits):
    return setup(digits)

class Configured:
    def __init__(self):
        setup(3)
"""

NONE, NEAR, FAR = Effect.NONE, Effect.NEAR, Effect.FAR

STATEMENTS = {
    # Names are told by what they are.
    "X = 1": NONE,
    "X, (Y, *Z) = 1, (2, 3)": NONE,
    "X: int = 1": NONE,
    "NAMES += [1]": NONE,
    "def f(): decimal.getcontext().prec = 3": NONE,
    "class C: pass": NONE,
    "class C:\n    a = 1\n    b = double(a)\n    def f(self): decimal.getcontext().prec = 3": NONE,
    "def f(x=double(3), *, y=Box()): pass": NONE,
    "import json": NONE,
    "from pathlib import Path": NONE,
    "'text'": NONE,
    "pass": NONE,
    "del NAMES": NONE,
    "X = json.loads('1')": NONE,
    "X = os.environ.get('X')": NONE,
    "ITEMS.update(a=[1])": NONE,
    "X = Path('a').name": NONE,
    "X = pd.DataFrame({'a': [1]})": NONE,
    "X = double(3)": NONE,
    "X = Settings(depth=2)": NONE,
    "X = Box(3)": NONE,
    "X = [double(i) for i in range(3)]": NONE,
    "X = functools.partial(double, 3)": NONE,
    "T = typing.TypeVar('T')": NONE,
    "R = collections.namedtuple('R', 'a b')": NONE,
    # So are the project's own objects, whoever changes them.
    "NAMES.append(1)": NONE,
    "TABLE['a'] = 1": NONE,
    "ITEMS['a'].append(1)": NONE,
    "Box.size = 2": NONE,
    "BOX.size = 2": NONE,
    "BOX.put(2)": NONE,
    "neighbour.LIMIT = 2": NONE,
    "neighbour.NAMES.append(2)": NONE,
    "setattr(Box, 'size', 2)": NONE,
    "for name in ['a']: setattr(Box, name, 2)": NONE,
    "globals()['X'] = 1": NONE,
    "@register\ndef f(): pass": NONE,
    "@functools.lru_cache\ndef f(): pass": NONE,
    "@dataclass\nclass D: pass": NONE,
    "try:\n    import quick\nexcept ImportError:\n    quick = None": NONE,
    "if sys.version_info > (3, 9):\n    def f(): pass": NONE,
    "with open('x') as file:\n    X = file.read()": NONE,
    # What is reported changes no result.
    "print('x')": NONE,
    "LOG.info('x')": NONE,
    "LOG.setLevel(10)": NONE,
    "logging.basicConfig(level=10)": NONE,
    "warnings.filterwarnings('ignore')": NONE,
    "if __name__ == '__main__':\n    decimal.getcontext().prec = 3": NONE,
    "if typing.TYPE_CHECKING:\n    decimal.getcontext().prec = 3": NONE,
    # What belongs to Python or to a library concerns everybody.
    "decimal.getcontext().prec = 3": FAR,
    "CONTEXT.prec = 3": FAR,
    "decimal.setcontext(CONTEXT)": FAR,
    "pd.options.display.precision = 3": FAR,
    "pd.set_option('display.precision', 3)": FAR,
    "X = pd.set_option('display.precision', 3)": FAR,
    "os.environ['X'] = '1'": FAR,
    "os.environ.setdefault('X', '1')": FAR,
    "X = os.environ.setdefault('X', '1')": FAR,
    "X = environ.setdefault('X', '1')": FAR,
    "X = os.environ.pop('X', None)": FAR,
    "X = sys.modules.pop('x', None)": FAR,
    "def f(x=os.environ.setdefault('X', '1')): pass": FAR,
    "if __name__ != '__main__':\n    decimal.getcontext().prec = 3": FAR,
    "if __name__ == '__main__':\n    pass\nelse:\n    decimal.getcontext().prec = 3": FAR,
    "if not typing.TYPE_CHECKING:\n    decimal.getcontext().prec = 3": FAR,
    "del os.environ['X']": FAR,
    "sys.path.insert(0, 'x')": FAR,
    "json.dumps = None": FAR,
    "setattr(json, 'dumps', None)": FAR,
    "for name in ['dumps']: setattr(json, name, None)": FAR,
    "json.JSONEncoder.default = None": FAR,
    "neighbour.json.dumps = None": FAR,
    "if NAMES:\n    decimal.getcontext().prec = 3": FAR,
    "try:\n    decimal.getcontext().prec = 3\nfinally:\n    pass": FAR,
    "setup(3)": FAR,
    "X = setup(3)": FAR,
    "X = setup_by_name(3)": FAR,
    "X = setup_behind(3)": FAR,
    "X = Configured()": FAR,
    "BOX.set_all()": FAR,
    "X = [setup(i) for i in range(3)]": FAR,
    "@pd.api.extensions.register_series_accessor('x')\nclass A: pass": FAR,
    "class C:\n    decimal.getcontext().prec = 3": FAR,
    "class C(Box, metaclass=type, **{'x': setup(3)}): pass": FAR,
    "def f(x=setup(3)): pass": FAR,
    "def f(*, x=setup(3)): pass": FAR,
    # An object whose state has no digest is told by nothing else.
    "LOCKED.items.append(1)": FAR,
    "LOCKED.items = [1]": FAR,
    # What nobody can follow concerns whoever uses the module.
    "exec('X = 1')": NEAR,
    "PARSER.set_something(1)": NEAR,
}


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    folder = tmp_path_factory.mktemp("effects")
    (folder / "neighbour.py").write_text("import json\nLIMIT = 1\nNAMES = []\n")
    (folder / "judged.py").write_text(BEFORE)
    sys.path.insert(0, str(folder))
    yield vars(importlib.import_module("judged"))
    sys.path.remove(str(folder))
    for name in ("neighbour", "judged"):
        del sys.modules[name]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_whom_a_statement_concerns(statement, names):
    (tree,) = ast.parse(statement).body
    assert Effects().of_statement(tree, names) == STATEMENTS[statement]
