"""Whole packages are fingerprinted without an error, and alike in every process."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from fnmatch import fnmatch
from pathlib import Path

import pytest

SOME = [
    "argparse",
    "ast",
    "calendar",
    "cmd",
    "configparser",
    "copy",
    "csv",
    "dataclasses",
    "difflib",
    "email",
    "fractions",
    "html",
    "ipaddress",
    "json",
    "optparse",
    "pickle",
    "pprint",
    "shlex",
    "statistics",
    "string",
    "tarfile",
    "textwrap",
    "typing",
    "unittest",
    "xml",
    "zipfile",
]
NOT_TRIED = {
    "__future__",
    "__hello__",
    "__phello__",
    "antigravity",
    "idlelib",
    "lib2to3",
    "msilib",
    "nt",
    "nturl2path",
    "site",
    "sitecustomize",
    "test",
    "this",
    "tkinter",
    "turtle",
    "turtledemo",
    "usercustomize",
    "winreg",
    "winsound",
    "_winapi",
}
"""Standard modules that do something when they are imported, or are of other systems."""
PACKAGES = [
    "IPython",
    "aiohttp",
    "botocore",
    "click",
    "flask",
    "fsspec",
    "httpx",
    "hypothesis",
    "jedi",
    "jinja2",
    "kedro",
    "matplotlib",
    "mkdocs",
    "omegaconf",
    "openpyxl",
    "pandas",
    "parso",
    "plotly",
    "pydantic",
    "pygments",
    "requests",
    "rich",
    "scipy",
    "sklearn",
    "sqlalchemy",
    "starlette",
    "urllib3",
    "werkzeug",
]
EVERYTHING = """
import importlib, json, pkgutil, sys, types, warnings
from treadle.engine.fingerprint import CodeFingerprints
warnings.simplefilter("ignore")
values, found, codes = [], {}, CodeFingerprints()
for top in sys.argv[1:]:
    package = importlib.import_module(top)
    inner = pkgutil.walk_packages(getattr(package, "__path__", []), f"{top}.",
        onerror=lambda _: None)
    names = [one.name for one in inner]
    for name in [top, *(one for one in names if not {"__main__", "conftest",
        "tests"} & {*one.split(".")})]:
        try:
            module = importlib.import_module(name)
        except BaseException:  # it needs something that is not installed, or another system
            continue
        for value in [*vars(module).values()]:
            if isinstance(value, type | types.FunctionType) and value.__module__ == name:
                values.append((f"{name}:{value.__qualname__}", value))
for name, value in values:
    found |= codes.of(value).pieces
print(json.dumps([len(values), found]))
"""
STATE = (
    "*environ*",
    "*_pid",
    "*_pprinters",
    "*start_time",
    "*_imported_at",
    "*_random",
    "*random_instance",
    "*:_blit_tcl_name",
    "*uuid*",
    "cgi:*.default",
    "*set_conf_env.default",
    "aiohttp*:WebSocketWriter.__init__.default",  # a generator of random numbers
    "starlette.config:*.default",  # the environment
    "*TreeGrower.__init__.default",
    "*._attributes",
    "*unsupported_nodes",
    "ctypes:*",
    "logging:*",
    "random:*",
    "re:_cache",
    "tokenize:PseudoToken",
    "tokenize:endpats",
    "openpyxl*",
    "hypothesis*",
    "IPython.core.guarded_eval:*",
    "pydantic._internal._known_annotated_metadata:*",
    "pydantic.v1.env_settings:*",
)
"""Values that are others in each process: its environment, times, chance, the order of sets."""


def read_in_two_processes(folder, tops):
    """Fingerprint everything in modules that are code of the project; return how much that is."""
    programs = [
        subprocess.Popen(
            [sys.executable, "-B", "-c", EVERYTHING, *tops],
            env={
                **os.environ,
                "PYTHONHASHSEED": seed,
                "PYTHONPATH": str(folder),
                "MPLBACKEND": "agg",
            },
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]
    printed = [one.communicate() for one in programs]
    assert [one.returncode for one in programs] == [0, 0], printed[0][1][-2000:]
    (count, one), (_, other) = (json.loads(out.splitlines()[-1]) for out, _ in printed)
    differing = {name for name in {*one, *other} if one.get(name) != other.get(name)}
    assert {name for name in differing if not any(fnmatch(name, state) for state in STATE)} == set()
    return count


def copy_standard(folder, tops):
    """Copy modules of the standard library.

    In a folder of one's own they are code of the project.
    """
    standard = Path(sysconfig.get_path("stdlib"))
    for name in tops:
        if (standard / name).is_dir():
            shutil.copytree(
                standard / name,
                folder / name,
                ignore=shutil.ignore_patterns("__pycache__", "test*"),
            )
        else:
            shutil.copy(standard / f"{name}.py", folder)


def test_a_part_of_the_standard_library(tmp_path):
    copy_standard(tmp_path, SOME)
    assert read_in_two_processes(tmp_path, SOME) > 700


@pytest.mark.long
def test_the_standard_library(tmp_path):
    standard = Path(sysconfig.get_path("stdlib"))
    names = sys.stdlib_module_names - NOT_TRIED
    tops = sorted(
        name for name in names if (standard / name).is_dir() or (standard / f"{name}.py").is_file()
    )
    copy_standard(tmp_path, tops)
    assert read_in_two_processes(tmp_path, tops) > 3_000


@pytest.mark.long
@pytest.mark.parametrize("top", PACKAGES)
def test_a_large_package(tmp_path, top):
    found = importlib.util.find_spec(top)
    assert found is not None
    assert found.origin is not None
    (tmp_path / top).symlink_to(Path(found.origin).parent)
    assert read_in_two_processes(tmp_path, [top]) > 50
