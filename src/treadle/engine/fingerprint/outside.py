"""Knows what reaches outside of a node: files by path, the clock, the environment, the network, chance.

A fingerprint sees code, parameters and datasets. What comes in by another door changes results unseen, so a
plan points it out, together with what to declare instead.
"""

from typing import Final

__all__ = ["DYNAMIC", "explain_outside"]

DYNAMIC: Final = frozenset(
    {
        "builtins.eval", "builtins.exec", "builtins.__import__", "builtins.globals", "builtins.compile",
        "importlib.import_module", "importlib.__import__", "importlib.reload", "runpy.run_path", "runpy.run_module",
        "sys.modules", "pkgutil.iter_modules", "pkgutil.walk_packages",
    }
)  # fmt: skip
"""What reaches code by a name that is known only when it runs."""

_FILE: Final = "Name the file in the catalog and take it as an input."
_CLOCK: Final = "Take the time as a parameter."
_ENVIRONMENT: Final = "Take it as a parameter; ${oc.env:NAME} in the configuration reads the environment."
_NETWORK: Final = "Load it by a dataset, or mark the node with cache=False."
_CHANCE: Final = "It is not seeded by the run: take it from random or numpy.random, or mark the node with cache=False."

_PREFIXES: Final = {
    "builtins.open": _FILE, "io.open": _FILE, "os.open": _FILE, "os.listdir": _FILE, "os.scandir": _FILE, "os.walk": _FILE,
    "glob.": _FILE, "pathlib.Path.open": _FILE, "pathlib.Path.read_text": _FILE, "pathlib.Path.read_bytes": _FILE,
    "pathlib.Path.glob": _FILE, "pathlib.Path.iterdir": _FILE, "pathlib.Path.home": _FILE, "pathlib.Path.cwd": _FILE,
    "os.getcwd": _FILE, "sqlite3.connect": _FILE, "pandas.read_": _FILE, "polars.read_": _FILE, "polars.scan_": _FILE,
    "numpy.load": _FILE, "numpy.loadtxt": _FILE, "numpy.genfromtxt": _FILE, "numpy.fromfile": _FILE, "joblib.load": _FILE,
    "torch.load": _FILE, "pyarrow.parquet.read_": _FILE, "pyarrow.csv.read_": _FILE, "yaml.load": "", "json.load": "",
    "time.time": _CLOCK, "time.localtime": _CLOCK, "time.gmtime": _CLOCK, "time.strftime": _CLOCK,
    "datetime.datetime.now": _CLOCK, "datetime.datetime.utcnow": _CLOCK, "datetime.datetime.today": _CLOCK,
    "datetime.date.today": _CLOCK, "pandas.Timestamp.now": _CLOCK, "pandas.Timestamp.today": _CLOCK,
    "os.environ": _ENVIRONMENT, "os.getenv": _ENVIRONMENT, "sys.argv": _ENVIRONMENT, "socket.gethostname": _ENVIRONMENT,
    "platform.": _ENVIRONMENT, "getpass.getuser": _ENVIRONMENT, "subprocess.": _NETWORK, "os.system": _NETWORK,
    "os.popen": _NETWORK, "requests.": _NETWORK, "httpx.": _NETWORK, "aiohttp.": _NETWORK, "urllib.request.": _NETWORK,
    "urllib3.": _NETWORK, "http.client.": _NETWORK, "socket.": _NETWORK, "boto3.": _NETWORK, "fsspec.open": _FILE,
    "uuid.uuid1": _CHANCE, "uuid.uuid4": _CHANCE, "secrets.": _CHANCE, "os.urandom": _CHANCE,
    "random.SystemRandom": _CHANCE, "builtins.input": _ENVIRONMENT, "builtins.id": "", "builtins.hash": "",
}  # fmt: skip


def explain_outside(name: str) -> str:
    """Say what to declare instead of using something; empty where there is nothing to say.

    Args:
        name: The dotted name of a function or object of a library, such as ``time.time``.
    """
    best = max((prefix for prefix in _PREFIXES if _fits(name, prefix)), key=len, default="")
    return _PREFIXES.get(best, "")


def _fits(name: str, prefix: str) -> bool:
    return name == prefix or (prefix.endswith((".", "_")) and name.startswith(prefix)) or name.startswith(f"{prefix}.")
