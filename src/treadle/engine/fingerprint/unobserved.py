"""Lists unobserved influences on a node: clock, machine, network, randomness, some libraries.

A fingerprint covers code, parameters, datasets, and what Python's own functions read. Anything else
changes results unseen, so a plan points it out, together with what to declare instead.
"""

import functools
from typing import Final

DYNAMIC: Final = frozenset(
    {
        "builtins.eval",
        "builtins.exec",
        "builtins.__import__",
        "builtins.globals",
        "builtins.compile",
        "importlib.import_module",
        "importlib.__import__",
        "importlib.reload",
        "runpy.run_path",
        "runpy.run_module",
        "sys.modules",
        "pkgutil.iter_modules",
        "pkgutil.walk_packages",
    }
)
"""Functions that reach code by a name that is known only at run time."""

_NATIVE: Final = (
    "Files that it opens are seen by nobody, so the node is not reused: name them in the catalog, "
    "or say cache=True."
)
_CLOCK: Final = "Take the time as a parameter."
_ENVIRONMENT: Final = "Take it as a parameter."
_NETWORK: Final = "Load it by a dataset, or mark the node with cache=False."
_PROGRAM: Final = (
    "Files that its arguments name are seen, and nothing else that it reads: take these as inputs."
)
_CHANCE: Final = (
    "It is not seeded by the run: take it from random or numpy.random, or mark the node with "
    "cache=False."
)

_PREFIXES: Final = {
    **dict.fromkeys(
        (
            "polars.read_",
            "polars.scan_",
            "pyarrow.parquet.",
            "pyarrow.csv.",
            "pyarrow.json.",
            "pyarrow.feather.",
            "pyarrow.orc.",
            "pyarrow.dataset.",
            "pyarrow.fs.",
            "pyarrow.memory_map",
            "pyarrow.OSFile",
            "duckdb.",
            "h5py.File",
            "tables.open_file",
            "pandas.read_hdf",
            "pandas.HDFStore",
            "netCDF4.Dataset",
            "xarray.open_",
            "cv2.imread",
            "cv2.VideoCapture",
            "lxml.etree.parse",
            "safetensors.",
            "lightgbm.Booster",
            "rasterio.open",
            "fiona.open",
            "geopandas.read_",
            "pyogrio.read_",
            "apsw.Connection",
            "soundfile.",
            "tiledb.",
            "lance.",
            "osgeo.",
            "catboost.Pool",
            "xgboost.DMatrix",
            "pyreadstat.read_",
            "mmap.",
            "ctypes.",
        ),
        _NATIVE,
    ),
    "time.time": _CLOCK,
    "time.localtime": _CLOCK,
    "time.gmtime": _CLOCK,
    "time.strftime": _CLOCK,
    "datetime.datetime.now": _CLOCK,
    "datetime.datetime.utcnow": _CLOCK,
    "datetime.datetime.today": _CLOCK,
    "datetime.date.today": _CLOCK,
    "pandas.Timestamp.now": _CLOCK,
    "pandas.Timestamp.today": _CLOCK,
    "sys.argv": _ENVIRONMENT,
    "socket.gethostname": _ENVIRONMENT,
    "os.getcwd": _ENVIRONMENT,
    "pathlib.Path.home": _ENVIRONMENT,
    "pathlib.Path.cwd": _ENVIRONMENT,
    "platform.": _ENVIRONMENT,
    "getpass.getuser": _ENVIRONMENT,
    "subprocess.": _PROGRAM,
    "os.system": _PROGRAM,
    "os.popen": _PROGRAM,
    "requests.": _NETWORK,
    "httpx.": _NETWORK,
    "aiohttp.": _NETWORK,
    "urllib.request.": _NETWORK,
    "urllib3.": _NETWORK,
    "http.client.": _NETWORK,
    "socket.": _NETWORK,
    "boto3.": _NETWORK,
    "fsspec.open": _NETWORK,
    "uuid.uuid1": _CHANCE,
    "uuid.uuid4": _CHANCE,
    "secrets.": _CHANCE,
    "os.urandom": _CHANCE,
    "random.SystemRandom": _CHANCE,
    "builtins.input": _ENVIRONMENT,
    "builtins.id": "",
    "builtins.hash": "",
}


def hides_files(name: str) -> bool:
    """Return whether a function opens files in a way that Python code cannot observe."""
    return explain_outside(name) == _NATIVE


@functools.lru_cache(maxsize=8192)
def explain_outside(name: str) -> str:
    """Explain what to declare instead of using something; empty without advice.

    Args:
        name: The dotted name of a library function or object, such as ``time.time``.
    """
    best = max((prefix for prefix in _PREFIXES if _fits(name, prefix)), key=len, default="")
    return _PREFIXES.get(best, "")


def _fits(name: str, prefix: str) -> bool:
    return (
        name == prefix
        or (prefix.endswith((".", "_")) and name.startswith(prefix))
        or name.startswith(f"{prefix}.")
    )
