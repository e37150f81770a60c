"""Kinds of code and values, each in a module and with a node of its own; all are edited at once.

A node whose kind was edited must run, and leave what a run from scratch leaves. One whose edit
changes nothing that it depends on must not run.
"""

import json

import pytest

EDITS = {
    # Plain values, and their types.
    "int": ("X = 1", "1", "2", "X"),
    "int that becomes a float": ("X = 1", "1", "1.0", "repr(X)"),
    "int that becomes a bool": ("X = 1", "1", "True", "repr(X)"),
    "float": ("X = 0.1", "0.1", "0.2", "X"),
    "nan that becomes inf": ("X = float('nan')", "nan", "inf", "repr(X)"),
    "negative zero": ("X = 0.0", "0.0", "-0.0", "repr(X)"),
    "str": ("X = 'a'", "'a'", "'b'", "X"),
    "str that becomes bytes": ("X = 'a'", "'a'", "b'a'", "repr(X)"),
    "bytearray": ("X = bytearray(b'a')", "b'a'", "b'b'", "X.decode()"),
    "none that becomes false": ("X = None", "None", "False", "repr(X)"),
    "complex": ("X = 1j", "1j", "2j", "repr(X)"),
    "range": ("X = range(3)", "3", "4", "list(X)"),
    "slice": ("X = slice(1)", "1", "2", "[1, 2, 3][X]"),
    "tuple": ("X = (1, 2)", "2", "3", "list(X)"),
    "tuple that becomes a list": ("X = (1, 2)", "(1, 2)", "[1, 2]", "repr(X)"),
    "list": ("X = [1, 2]", "2", "3", "X"),
    "order of a list": ("X = [1, 2]", "[1, 2]", "[2, 1]", "X"),
    "dict": ("X = {'a': 1}", "1", "2", "X"),
    "key of a dict": ("X = {1: 1}", "{1:", "{'1':", "repr(X)"),
    "order of a dict": ("X = {'a': 1, 'b': 2}", "'a': 1, 'b': 2", "'b': 2, 'a': 1", "list(X)"),
    "set": ("X = {1, 2}", "2", "3", "sorted(X)"),
    "set that becomes a frozenset": (
        "X = {1, 2}",
        "{1, 2}",
        "frozenset({1, 2})",
        "type(X).__name__",
    ),
    "deep": ("X = {'a': [{'b': (1, {2})}]}", "{2}", "{3}", "repr(X)"),
    "a value that holds itself": ("X = [1]\nX.append(X)", "[1]", "[2]", "X[0]"),
    # Values of the standard library.
    "date": ("import datetime\nX = datetime.date(2024, 1, 1)", "1, 1", "1, 2", "str(X)"),
    "date that becomes a time": (
        "import datetime\nX = datetime.date(2024, 1, 1)",
        "datetime.date(",
        "datetime.datetime(",
        "str(X)",
    ),
    "time zone": (
        (
            "import datetime\nX = datetime.datetime(2024, 1, 1, "
            "tzinfo=datetime.timezone(datetime.timedelta(hours=1)))"
        ),
        "hours=1",
        "hours=2",
        "str(X)",
    ),
    "timedelta": ("import datetime\nX = datetime.timedelta(1)", "(1)", "(2)", "str(X)"),
    "zone by name": (
        "import zoneinfo\nX = zoneinfo.ZoneInfo('Europe/Paris')",
        "Paris",
        "Rome",
        "str(X)",
    ),
    "decimal": ("import decimal\nX = decimal.Decimal('1.0')", "1.0", "1.00", "str(X)"),
    "fraction": ("from fractions import Fraction\nX = Fraction(1, 3)", "3", "4", "str(X)"),
    "uuid": ("import uuid\nX = uuid.UUID(int=1)", "=1", "=2", "str(X)"),
    "path": ("from pathlib import Path\nX = Path('a')", "'a'", "'b'", "str(X)"),
    "pattern": ("import re\nX = re.compile('a')", "'a'", "'b'", "X.pattern"),
    "flags of a pattern": (
        "import re\nX = re.compile('a')",
        "'a'",
        "'a', re.I",
        "bool(X.match('A'))",
    ),
    "struct": ("import struct\nX = struct.Struct('<i')", "<i", "<q", "X.size"),
    "array": ("import array\nX = array.array('i', [1])", "[1]", "[2]", "list(X)"),
    "type of an array": ("import array\nX = array.array('i', [1])", "'i'", "'q'", "X.itemsize"),
    "namedtuple": (
        "import collections\nP = collections.namedtuple('P', 'a b')\nX = P(1, 2)",
        "2)",
        "3)",
        "list(X)",
    ),
    "field of a namedtuple": (
        "import collections\nP = collections.namedtuple('P', 'a b')\nX = P(1, 2)",
        "'a b'",
        "'a c'",
        "X._fields",
    ),
    "factory of a defaultdict": (
        "import collections\nX = collections.defaultdict(int)",
        "int",
        "str",
        "repr(X['a'])",
    ),
    "lambda of a defaultdict": (
        "import collections\nX = collections.defaultdict(lambda: 1)",
        "1",
        "2",
        "X['a']",
    ),
    "counter": ("import collections\nX = collections.Counter('a')", "'a'", "'aa'", "dict(X)"),
    "deque": (
        "import collections\nX = collections.deque([1, 2], 2)",
        "[1, 2]",
        "[1, 3]",
        "list(X)",
    ),
    "length of a deque": (
        "import collections\nX = collections.deque([1, 2], 2)",
        ", 2)",
        ", 3)",
        "X.maxlen",
    ),
    "order of an OrderedDict": (
        "import collections\nX = collections.OrderedDict([('a', 1), ('b', 2)])",
        "('a', 1), ('b', 2)",
        "('b', 2), ('a', 1)",
        "list(X)",
    ),
    "chain of dicts": (
        "import collections\nX = collections.ChainMap({'a': 1}, {'a': 2, 'b': 3})",
        "'b': 3",
        "'b': 4",
        "dict(X)",
    ),
    "namespace": ("import types\nX = types.SimpleNamespace(a=1)", "a=1", "a=2", "X.a"),
    "mapping proxy": ("import types\nX = types.MappingProxyType({'a': 1})", "1", "2", "X['a']"),
    "exception": ("X = ValueError('a', 1)", "1", "2", "list(X.args)"),
    "iterator": ("X = iter([1, 2])", "[1, 2]", "[3, 2]", "next(iter(list(X)), None)"),
    "count": ("import itertools\nX = itertools.count(1)", "1", "2", "next(X)"),
    "context variable": (
        "import contextvars\nX = contextvars.ContextVar('x', default=1)",
        "=1",
        "=2",
        "X.get()",
    ),
    "partial": ("import functools\nX = functools.partial(max, 1)", "1", "2", "X(0)"),
    "keyword of a partial": (
        "import functools\nX = functools.partial(int, base=8)",
        "8",
        "16",
        "X('10')",
    ),
    "function of a partial": (
        "import functools\nX = functools.partial(max, 1)",
        "max",
        "min",
        "X(0)",
    ),
    "attrgetter": ("import operator\nX = operator.itemgetter(0)", "0", "1", "X([1, 2])"),
    "enum": ("import enum\nclass E(enum.Enum):\n    A = 1\nX = E.A", "1", "2", "X.value"),
    "flag": (
        "import enum\nclass E(enum.IntFlag):\n    A = 1\n    B = 2\nX = E.A",
        "E.A",
        "E.A | E.B",
        "int(X)",
    ),
    "method of an enum": (
        (
            "import enum\n"
            "class E(enum.Enum):\n"
            "    A = 1\n"
            "    def get(self):\n"
            "        return 1\n"
            "X = E.A"
        ),
        "return 1",
        "return 2",
        "X.get()",
    ),
    # Objects.
    "attribute": (
        "class C:\n    def __init__(self, a):\n        self.a = a\nX = C(1)",
        "C(1)",
        "C(2)",
        "X.a",
    ),
    "attribute set later": ("class C:\n    pass\nX = C()\nX.a = 1", "a = 1", "a = 2", "X.a"),
    "slot": ("class C:\n    __slots__ = ('a',)\nX = C()\nX.a = 1", "a = 1", "a = 2", "X.a"),
    "slot of a base": (
        (
            "class B:\n"
            "    __slots__ = ('a',)\n"
            "class C(B):\n"
            "    __slots__ = ('b',)\n"
            "X = C()\n"
            "X.a, X.b = 1, 2"
        ),
        "1, 2",
        "3, 2",
        "X.a",
    ),
    "int with attributes": ("class C(int):\n    pass\nX = C(1)\nX.a = 1", "a = 1", "a = 2", "X.a"),
    "float of one's own": ("class C(float):\n    pass\nX = C(1.5)", "1.5", "2.5", "float(X)"),
    "str of one's own": ("class C(str):\n    pass\nX = C('a')", "'a'", "'b'", "str(X)"),
    "bytes of one's own": ("class C(bytes):\n    pass\nX = C(b'a')", "b'a'", "b'b'", "X.decode()"),
    "list of one's own": ("class C(list):\n    pass\nX = C([1])", "[1]", "[2]", "list(X)"),
    "attribute of a list of one's own": (
        "class C(list):\n    pass\nX = C([1])\nX.a = 1",
        "a = 1",
        "a = 2",
        "X.a",
    ),
    "dict of one's own": ("class C(dict):\n    pass\nX = C(a=1)", "a=1", "a=2", "dict(X)"),
    "attribute of a dict of one's own": (
        "class C(dict):\n    pass\nX = C(a=1)\nX.b = 1",
        "b = 1",
        "b = 2",
        "X.b",
    ),
    "set of one's own": ("class C(set):\n    pass\nX = C([1])", "[1]", "[2]", "sorted(X)"),
    "tuple of one's own": (
        "class C(tuple):\n    pass\nX = C([1])\nX.a = 1",
        "a = 1",
        "a = 2",
        "X.a",
    ),
    "what __reduce__ returns": (
        (
            "class C:\n"
            "    def __init__(self, a):\n"
            "        self._a = a\n"
            "    def __reduce__(self):\n"
            "        return (C, (self._a,))\n"
            "X = C(1)"
        ),
        "C(1)",
        "C(2)",
        "X._a",
    ),
    "dataclass": (
        "from dataclasses import dataclass\n@dataclass\nclass C:\n    a: int = 1\nX = C()",
        "= 1",
        "= 2",
        "X.a",
    ),
    "frozen dataclass": (
        (
            "from dataclasses import dataclass\n"
            "@dataclass(frozen=True)\n"
            "class C:\n"
            "    a: int\n"
            "X = C(1)"
        ),
        "C(1)",
        "C(2)",
        "X.a",
    ),
    "attribute that is no field": (
        "from dataclasses import dataclass\n@dataclass\nclass C:\n    a: int\nX = C(1)\nX.b = 1",
        "b = 1",
        "b = 2",
        "X.b",
    ),
    "factory of a field": (
        (
            "from dataclasses import dataclass, field\n"
            "@dataclass\n"
            "class C:\n"
            "    a: list = field(default_factory=lambda: [1])"
        ),
        "[1]",
        "[2]",
        "C().a",
    ),
    "struct of msgspec": (
        "import msgspec\nclass C(msgspec.Struct):\n    a: int = 1\nX = C()",
        "= 1",
        "= 2",
        "X.a",
    ),
    "function in a struct": (
        "import msgspec\nclass C(msgspec.Struct):\n    a: object\ndef f():\n    return 1\nX = C(f)",
        "return 1",
        "return 2",
        "X.a()",
    ),
    "function in a list": ("def f():\n    return 1\nX = [f]", "return 1", "return 2", "X[0]()"),
    "function in a dict of an object": (
        "def f():\n    return 1\nclass C:\n    pass\nX = C()\nX.table = {'f': f}",
        "return 1",
        "return 2",
        "X.table['f']()",
    ),
    "class in a dict": ("class C:\n    a = 1\nX = {'c': C}", "a = 1", "a = 2", "X['c'].a"),
    "bound method": (
        (
            "class C:\n"
            "    def __init__(self, a):\n"
            "        self.a = a\n"
            "    def get(self):\n"
            "        return self.a\n"
            "X = C(1).get"
        ),
        "C(1)",
        "C(2)",
        "X()",
    ),
    # Functions.
    "body": ("def f():\n    return 1", "return 1", "return 2", "f()"),
    "default": ("def f(a=1):\n    return a", "a=1", "a=2", "f()"),
    "default of a keyword": ("def f(*, a=1):\n    return a", "a=1", "a=2", "f()"),
    "default that is computed": ("B = 1\ndef f(a=B + 1):\n    return a", "B = 1", "B = 2", "f()"),
    "attribute of a function": ("def f():\n    return f.a\nf.a = 1", "a = 1", "a = 2", "f()"),
    "closure": (
        "def make(a):\n    def f():\n        return a\n    return f\nf = make(1)",
        "make(1)",
        "make(2)",
        "f()",
    ),
    "closure in a closure": (
        (
            "def make(a):\n"
            "    def outer():\n"
            "        def f():\n"
            "            return a\n"
            "        return f\n"
            "    return outer()\n"
            "f = make(1)"
        ),
        "make(1)",
        "make(2)",
        "f()",
    ),
    "lambda": ("f = lambda: 1", "1", "2", "f()"),
    "lambda in a table": ("T = {'a': lambda: 1}", "1}", "2}", "T['a']()"),
    "decorator": (
        "def d(f):\n    return lambda: f() + 1\n@d\ndef f():\n    return 1",
        "+ 1",
        "+ 2",
        "f()",
    ),
    "argument of a decorator": (
        "def d(n):\n    return lambda f: lambda: f() + n\n@d(1)\ndef f():\n    return 1",
        "@d(1)",
        "@d(2)",
        "f()",
    ),
    "order of decorators": (
        (
            "def a(f):\n    return lambda: f() + 1\ndef b(f):\n    return lambda: f() * 2\n@a\n@b\n"
            "def f():\n    return 1"
        ),
        "@a\n@b",
        "@b\n@a",
        "f()",
    ),
    "wraps": (
        (
            "import functools\n"
            "def d(f):\n"
            "    @functools.wraps(f)\n"
            "    def g():\n"
            "        return f() + 1\n"
            "    return g\n"
            "@d\n"
            "def f():\n"
            "    return 1"
        ),
        "return 1",
        "return 2",
        "f()",
    ),
    "lru_cache": (
        "import functools\n@functools.lru_cache\ndef f():\n    return 1",
        "return 1",
        "return 2",
        "f()",
    ),
    "singledispatch": (
        (
            "import functools\n"
            "@functools.singledispatch\n"
            "def f(a):\n"
            "    return 0\n"
            "@f.register\n"
            "def _(a: int):\n"
            "    return 1"
        ),
        "return 1",
        "return 2",
        "f(1)",
    ),
    "generator": ("def f():\n    yield 1", "yield 1", "yield 2", "list(f())"),
    "coroutine": (
        "import asyncio\nasync def f():\n    return 1",
        "return 1",
        "return 2",
        "asyncio.run(f())",
    ),
    "recursion": ("def f(n):\n    return f(n - 1) + 1 if n else 0", "else 0", "else 1", "f(2)"),
    "two that call each other": (
        "def a(n):\n    return b(n - 1) if n else 0\ndef b(n):\n    return a(n) + 1",
        "+ 1",
        "+ 2",
        "a(3)",
    ),
    "memo in an attribute": (
        "def f(n):\n    f.calls += 1\n    return f.step * n\nf.calls, f.step = 0, 1",
        "0, 1",
        "0, 2",
        "f(3)",
    ),
    "context manager": (
        (
            "import contextlib\n"
            "@contextlib.contextmanager\n"
            "def f():\n"
            "    yield 1\n"
            "def g():\n"
            "    with f() as x:\n"
            "        return x"
        ),
        "yield 1",
        "yield 2",
        "g()",
    ),
    "nested function": (
        "def f():\n    def g():\n        return 1\n    return g()",
        "return 1",
        "return 2",
        "f()",
    ),
    "match": (
        "def f(a):\n    match a:\n        case {'x': x}:\n            return x + 1\n    return 0",
        "+ 1",
        "+ 2",
        "f({'x': 1})",
    ),
    "comprehension": ("def f():\n    return [x for x in range(3) if x > 0]", "> 0", "> 1", "f()"),
    "f-string": ("def f():\n    return f'{1.5:.1f}'", ".1f", ".2f", "f()"),
    "walrus": ("def f():\n    return (x := 1) + x", ":= 1", ":= 2", "f()"),
    "try": (
        "def f():\n    try:\n        return int('x')\n    except ValueError:\n        return 1",
        "return 1",
        "return 2",
        "f()",
    ),
    "global": ("X = 0\ndef f():\n    global X\n    X = 1\n    return X", "X = 1", "X = 2", "f()"),
    # Classes.
    "method": ("class C:\n    def f(self):\n        return 1", "return 1", "return 2", "C().f()"),
    "static method": (
        "class C:\n    @staticmethod\n    def f():\n        return 1",
        "return 1",
        "return 2",
        "C.f()",
    ),
    "class method": (
        "class C:\n    a = 1\n    @classmethod\n    def f(cls):\n        return cls.a",
        "a = 1",
        "a = 2",
        "C.f()",
    ),
    "property": (
        "class C:\n    @property\n    def f(self):\n        return 1",
        "return 1",
        "return 2",
        "C().f",
    ),
    "cached property": (
        (
            "import functools\n"
            "class C:\n"
            "    @functools.cached_property\n"
            "    def f(self):\n"
            "        return 1"
        ),
        "return 1",
        "return 2",
        "C().f",
    ),
    "base": (
        "class B:\n    def f(self):\n        return 1\nclass C(B):\n    pass",
        "return 1",
        "return 2",
        "C().f()",
    ),
    "order of bases": (
        "class A:\n    a = 1\nclass B:\n    a = 2\nclass C(A, B):\n    pass",
        "(A, B)",
        "(B, A)",
        "C.a",
    ),
    "super": (
        (
            "class B:\n"
            "    def f(self):\n"
            "        return 1\n"
            "class C(B):\n"
            "    def f(self):\n"
            "        return super().f() + 1"
        ),
        "return 1",
        "return 2",
        "C().f()",
    ),
    "abstract base": (
        (
            "import abc\n"
            "class B(abc.ABC):\n"
            "    @abc.abstractmethod\n"
            "    def f(self): ...\n"
            "class C(B):\n"
            "    def f(self):\n"
            "        return 1"
        ),
        "return 1",
        "return 2",
        "C().f()",
    ),
    "metaclass": (
        "class M(type):\n    a = 1\nclass C(metaclass=M):\n    pass",
        "a = 1",
        "a = 2",
        "C.a",
    ),
    "call of a metaclass": (
        "class M(type):\n    def __call__(cls):\n        return 1\nclass C(metaclass=M):\n    pass",
        "return 1",
        "return 2",
        "C()",
    ),
    "argument of __init_subclass__": (
        (
            "class B:\n"
            "    def __init_subclass__(cls, n=0):\n"
            "        cls.n = n\n"
            "class C(B, n=1):\n"
            "    pass"
        ),
        "n=1",
        "n=2",
        "C.n",
    ),
    "descriptor": (
        "class D:\n    def __get__(self, one, owner):\n        return 1\nclass C:\n    d = D()",
        "return 1",
        "return 2",
        "C().d",
    ),
    "argument of a descriptor": (
        (
            "class D:\n"
            "    def __init__(self, n):\n"
            "        self.n = n\n"
            "    def __get__(self, one, owner):\n"
            "        return self.n\n"
            "class C:\n"
            "    d = D(1)"
        ),
        "D(1)",
        "D(2)",
        "C().d",
    ),
    "__getattr__": (
        "class C:\n    def __getattr__(self, name):\n        return 1",
        "return 1",
        "return 2",
        "C().x",
    ),
    "__call__": (
        "class C:\n    def __call__(self):\n        return 1\nf = C()",
        "return 1",
        "return 2",
        "f()",
    ),
    "__add__": (
        "class C:\n    def __add__(self, other):\n        return 1\nX = C()",
        "return 1",
        "return 2",
        "X + 1",
    ),
    "__iter__": (
        "class C:\n    def __iter__(self):\n        return iter([1])\nX = C()",
        "[1]",
        "[2]",
        "list(X)",
    ),
    "__eq__": (
        "class C:\n    __hash__ = None\n    def __eq__(self, other):\n        return True\nX = C()",
        "True",
        "False",
        "X == 1",
    ),
    "__enter__": (
        (
            "class C:\n"
            "    def __enter__(self):\n"
            "        return 1\n"
            "    def __exit__(self, *_):\n"
            "        pass\n"
            "def f():\n"
            "    with C() as x:\n"
            "        return x"
        ),
        "return 1",
        "return 2",
        "f()",
    ),
    "__missing__": (
        "class C(dict):\n    def __missing__(self, key):\n        return 1\nX = C()",
        "return 1",
        "return 2",
        "X['a']",
    ),
    "method set later": (
        "class C:\n    pass\ndef f(self):\n    return 1\nC.f = f",
        "return 1",
        "return 2",
        "C().f()",
    ),
    "class made by type()": ("C = type('C', (), {'a': 1})", "1}", "2}", "C.a"),
    "class in a function": (
        "def make():\n    class C:\n        a = 1\n    return C",
        "a = 1",
        "a = 2",
        "make().a",
    ),
    "class made in a factory": (
        "def make(n):\n    class C:\n        a = n\n    return C\nC = make(1)",
        "make(1)",
        "make(2)",
        "C.a",
    ),
    "nested class": ("class C:\n    class D:\n        a = 1", "a = 1", "a = 2", "C.D.a"),
    "registry": (
        "R = {}\ndef r(f):\n    R[f.__name__] = f\n    return f\n@r\ndef a():\n    return 1",
        "return 1",
        "return 2",
        "R['a']()",
    ),
    "subclasses": (
        "class B:\n    pass\nclass C(B):\n    a = 1",
        "a = 1",
        "a = 2",
        "[c.a for c in B.__subclasses__()]",
    ),
    # By computed names.
    "getattr": ("class C:\n    a = 1", "a = 1", "a = 2", "getattr(C, 'a')"),
    "getattr by a name": ("class C:\n    a = 1\nN = 'a'", "a = 1", "a = 2", "getattr(C, N)"),
    "globals": ("def a():\n    return 1", "return 1", "return 2", "globals()['a']()"),
    "eval": ("def a():\n    return 1", "return 1", "return 2", "eval('a()')"),
    "exec": (
        "TEXT = 'x = 1'\ndef f():\n    names = {}\n    exec(TEXT, names)\n    return names['x']",
        "x = 1",
        "x = 2",
        "f()",
    ),
    "text of a format": ("T = '{0:.1f}'", ".1f", ".2f", "T.format(1.5)"),
    # Libraries.
    "array of numpy": ("import numpy as np\nX = np.array([1, 2])", "2]", "3]", "X.tolist()"),
    "type of an array of numpy": (
        "import numpy as np\nX = np.array([1, 2])",
        "[1, 2]",
        "[1, 2], dtype='int8'",
        "str(X.dtype)",
    ),
    "shape of an array of numpy": (
        "import numpy as np\nX = np.zeros(4)",
        "4",
        "(2, 2)",
        "list(X.shape)",
    ),
    "generator of numpy": (
        "import numpy as np\nX = np.random.default_rng(1)",
        "(1)",
        "(2)",
        "int(X.integers(1000000))",
    ),
    "scalar of numpy": (
        "import numpy as np\nX = np.float32(1)",
        "float32",
        "float64",
        "X.dtype.name",
    ),
    "frame": ("import pandas as pd\nX = pd.DataFrame({'a': [1]})", "[1]", "[2]", "X.a.tolist()"),
    "column of a frame": (
        "import pandas as pd\nX = pd.DataFrame({'a': [1]})",
        "'a'",
        "'b'",
        "list(X)",
    ),
    "index of a frame": (
        "import pandas as pd\nX = pd.DataFrame({'a': [1]}, index=[1])",
        "index=[1]",
        "index=[2]",
        "X.index.tolist()",
    ),
    "name of a series": (
        "import pandas as pd\nX = pd.Series([1], name='a')",
        "'a'",
        "'b'",
        "X.name",
    ),
    "timestamp": (
        "import pandas as pd\nX = pd.Timestamp('2024-01-01')",
        "01-01",
        "01-02",
        "str(X)",
    ),
    "categories": (
        "import pandas as pd\nX = pd.Categorical(['a'], ['a', 'b'])",
        "'b']",
        "'c']",
        "list(X.categories)",
    ),
    "frame of polars": (
        "import polars as pl\nX = pl.DataFrame({'a': [1]})",
        "[1]",
        "[2]",
        "X['a'].to_list()",
    ),
    "estimator": (
        "from sklearn.linear_model import Ridge\nX = Ridge(alpha=1)",
        "=1",
        "=2",
        "X.alpha",
    ),
    "steps of an estimator": (
        (
            "from sklearn.pipeline import make_pipeline\n"
            "from sklearn.linear_model import Ridge\n"
            "X = make_pipeline(Ridge(alpha=1))"
        ),
        "=1",
        "=2",
        "X[-1].alpha",
    ),
    # Imports.
    "another function": ("from math import floor as f", "floor", "ceil", "f(1.5)"),
    "another module": ("import math as m", "math", "cmath", "repr(m.sqrt(4))"),
    "an import inside": (
        "def f():\n    from math import floor as g\n    return g(1.5)",
        "floor",
        "ceil",
        "f()",
    ),
    "an import that may fail": (
        "try:\n    from math import floor as f\nexcept ImportError:\n    f = None",
        "floor",
        "ceil",
        "f(1.5)",
    ),
    "a condition by version": (
        "import sys\nif sys.version_info >= (3, 0):\n    f = lambda: 1\nelse:\n    f = lambda: 2",
        "(3, 0)",
        "(99, 0)",
        "f()",
    ),
}
"""A module, what is replaced in it by what, and what its node returns."""

QUIET = {
    "comment": ("def f():\n    return 1", "return 1", "return 1  # one", "f()"),
    "docstring": ('def f():\n    """One."""\n    return 1', "One.", "Another.", "f()"),
    "docstring of a class": ('class C:\n    """One."""\n    a = 1', "One.", "Another.", "C.a"),
    "docstring of the module": ('"""One."""\nX = 1', "One.", "Another.", "X"),
    "empty line": ("X = 1\ndef f():\n    return X", "X = 1\n", "X = 1\n\n\n", "f()"),
    "layout": ("X = [1, 2]", "[1, 2]", "[\n    1,\n    2,\n]", "X"),
    "quotes": ("X = 'a'", "'a'", '"a"', "X"),
    "a constant that it does not name": ("X = 1\nY = 1", "Y = 1", "Y = 2", "X"),
    "a function that it does not reach": (
        "def f():\n    return 1\ndef g():\n    return 1",
        "def g():\n    return 1",
        "def g():\n    return 2",
        "f()",
    ),
    "a new function": ("def f():\n    return 1", "def f", "def g():\n    pass\ndef f", "f()"),
    "a new import": ("def f():\n    return 1", "def f", "import json\ndef f", "f()"),
    "a new class": ("def f():\n    return 1", "def f", "class C:\n    pass\ndef f", "f()"),
    "the order of functions": (
        "def g():\n    pass\ndef f():\n    return 1",
        "def g():\n    pass\ndef f():\n    return 1",
        "def f():\n    return 1\ndef g():\n    pass",
        "f()",
    ),
    "the order of a set": ("X = {'a', 'b'}", "{'a', 'b'}", "{'b', 'a'}", "sorted(X)"),
    "another way to write a number": ("X = 1000", "1000", "1_000", "X"),
    "a value that is computed otherwise": ("X = 2", "2", "1 + 1", "X"),
    "what a script does": (
        "X = 1\nif __name__ == '__main__':\n    print(1)",
        "print(1)",
        "print(2)",
        "X",
    ),
    "what is logged": (
        "import logging\nlogging.getLogger(__name__).debug('a')\nX = 1",
        "'a'",
        "'b'",
        "X",
    ),
    "a list that it does not name": ("L = []\nL.append(1)\nX = 1", "append(1)", "append(2)", "X"),
    "a registry that it does not name": ("R = {}\nR['a'] = 1\nX = 1", "= 1\nX", "= 2\nX", "X"),
    "a type for checkers": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import json\nX = 1",
        "import json",
        "import csv",
        "X",
    ),
    "a blank file at the end": ("X = 1", "X = 1", "X = 1\n\n\n", "X"),
    "a local import of the same": (
        "import math\ndef f():\n    return math.floor(1.5)",
        "import math\n",
        "import math  # for floors\n",
        "f()",
    ),
    "a constant of an unused class": ("class C:\n    a = 1\nX = 1", "a = 1", "a = 2", "X"),
}

ALL = EDITS | QUIET


def number(kind):
    return list(ALL).index(kind)


@pytest.fixture(scope="module")
def answers(tmp_path_factory, forking):
    """What ran, and what was made, by kind: after all edits, and from scratch."""
    folder = tmp_path_factory.mktemp("kinds")
    files = {
        "pyproject.toml": '[project]\nname = "shop"\n[tool.treadle]\npackage = "shop"\n',
        "src/shop/__init__.py": "",
        "src/shop/kinds/__init__.py": "",
        "src/shop/pipelines/__init__.py": "",
        "src/shop/pipelines/main.py": "from treadle import node\n"
        + "".join(f"from shop.kinds import k{i}\n" for i in range(len(ALL)))
        + "".join(
            f"@node(outputs='o{i}', name='n{i}')\ndef n{i}(raw):\n    return [k{i}.result()]\n"
            for i in range(len(ALL))
        ),
        "conf/base/catalog.yml": "raw: data/raw.json\n"
        + "".join(f"o{i}: data/o{i}.json\n" for i in range(len(ALL))),
        "conf/base/parameters.yml": "{}",
        "data/raw.json": "1",
    }
    for i, (text, _, _, expression) in enumerate(ALL.values()):
        files[f"src/shop/kinds/k{i}.py"] = f"{text}\ndef result():\n    return {expression}\n"
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    forking(folder)
    unchanged = forking(folder)["ran"]
    before = read(folder)
    for i, (_, old, new, _) in enumerate(ALL.values()):
        path = folder / f"src/shop/kinds/k{i}.py"
        text = path.read_text()
        assert old in text, list(ALL)[i]
        path.write_text(text.replace(old, new, 1))
    ran = forking(folder)["ran"]
    after = read(folder)
    forking(folder, fresh=True)
    return unchanged, before, ran, after, read(folder)


def read(folder):
    return [json.loads((folder / f"data/o{i}.json").read_text()) for i in range(len(ALL))]


@pytest.mark.parametrize("kind", EDITS)
def test_an_edit_of_this_kind_runs_the_node(kind, answers):
    _, before, ran, after, fresh = answers
    place = number(kind)
    assert f"n{place}" in ran
    assert after[place] == fresh[place]
    assert repr(before[place]) != repr(fresh[place])


@pytest.mark.parametrize("kind", QUIET)
def test_an_edit_of_this_kind_runs_nothing(kind, answers):
    _, before, ran, _, fresh = answers
    place = number(kind)
    assert f"n{place}" not in ran
    assert before[place] == fresh[place]


def test_a_run_without_an_edit_runs_nothing(answers):
    unchanged = answers[0]
    assert unchanged == {}
