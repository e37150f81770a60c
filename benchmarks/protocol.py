"""Whether Treadle's server answers as MLflow's, on SQLite and on PostgreSQL.

``make compare`` makes the same calls to both, prints what differs, and fails where anything does.
Compared are the status, the code of an error and the content of an answer; not the words of
errors, and neither ids nor times.

Left out is where MLflow's server is not to be followed: it answers 500 or an error of its database,
takes what makes no sense for something else (``"step": 1.5`` for step 0), or knows less (no OR, no
order by tags of experiments, not the logged model of a version, nor where the artifacts of
``runs:/…`` are, nor a data set without its digest). Such calls are made all the same where others
need what they leave.
"""

import http.client
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from benchmarks.measure import ROOT
from benchmarks.protocol_calls import CALLS as FIRST
from benchmarks.protocol_kinds import KINDS
from benchmarks.protocol_numbers import NUMBERS
from benchmarks.server import Server, mlflow_server, postgres, running, treadle_server

__all__ = ["main"]

CALLS: Final = (*FIRST, *KINDS, *NUMBERS)
# Of the environment of the tests that has the newest MLflow; `make compare` makes it.
_NEWEST: Final = str(ROOT / ".venv-mlflow3" / "bin" / "python")
_PLACE: Final = re.compile(r"\{(\w+)\}")
_UNEQUAL: Final = frozenset(
    {
        "workspace",
        "sqlstate",
        "error_class",
        "message",
        "creation_time",
        "last_update_time",
        "next_page_token",
    }
)
_UNEQUAL_TAGS: Final = frozenset(
    {"mlflow.user", "mlflow.source.type"}
)  # Treadle's runs have them in any case
_WORDS: Final = (
    (r"m-[0-9a-f]{32}", "<model>"),
    (r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<id>"),
    (r"\b1[78]\d{11}\b", "<time>"),
)
_ROOT: Final = re.compile(r"^(mlflow-artifacts:/)(\d+)")
_RANDOM_NAME: Final = re.compile(r"[a-z]+-[a-z]+-\d+")
_EXPERIMENTS: Final = (
    "one",
    "two",
    "three",
    "kinds",
    "binned",
    "wide",
    "far_off",
    "numbers",
    "texts",
)
_LARGEST: Final = sys.float_info.max  # what MLflow's database makes of infinity
_NOW: Final = 1_700_000_000_000


def main() -> int:
    """Ask all; give how many answers differ."""
    with tempfile.TemporaryDirectory() as folder:
        theirs = _answers(*mlflow_server(folder, _NEWEST), folder)
    with tempfile.TemporaryDirectory() as folder:
        differing = _compare(theirs, _treadle(folder, "runs.db"), "SQLite")
    with tempfile.TemporaryDirectory(prefix="treadle-pg-") as folder, postgres(folder) as uri:
        differing += _compare(theirs, _treadle(folder, uri), "PostgreSQL")
    return differing


def _treadle(folder: str, store: str) -> list[tuple[int, Any]]:
    arguments, port = treadle_server(folder, store)
    return _answers([*arguments, "--webhooks"], port, folder)


def _answers(arguments: list[str | Path], port: int, folder: str) -> list[tuple[int, Any]]:
    with running(arguments, folder, port) as server:
        return list(_play(server))


def _compare(
    theirs: Sequence[tuple[int, Any]], ours: Sequence[tuple[int, Any]], database: str
) -> int:
    """Print where answers differ; give how many do."""
    differing, compared = 0, sum(call.is_compared for call in CALLS)
    for call, one, other in zip(CALLS, theirs, ours, strict=True):
        if "detail" in one[1]:  # of MLflow's web framework, which knows no codes
            one, other = (one[0], {}), (other[0], {})  # noqa: PLW2901
        found = list(_differences(one, other, ""))
        if found and call.is_compared:
            differing += 1
            body = json.dumps(call.body)[:200] if call.body else ""
            print(f"{call.method} {call.path} {body} {call.query or ''}")
            print("".join(f"    {difference}\n" for difference in found[:8]), end="")
    print(
        f"On {database}, {compared - differing} of {compared} calls are answered as by MLflow's "
        "server."
    )
    return differing


def _play(server: Server) -> Iterator[tuple[int, Any]]:
    """Make all calls; what an answer is kept for goes into those that follow."""
    known: dict[str, Any] = {}
    for call in CALLS:
        path = _filled(
            call.path if call.path.startswith("/") else f"/api/2.0/mlflow/{call.path}", known
        )
        query = _filled(call.query, known)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        body = None if call.body is None else json.dumps(_filled(call.body, known))
        address = f"{path}?{urlencode(query, doseq=True)}" if query else path
        connection.request(
            call.method, address, body, {} if body is None else {"content-type": "application/json"}
        )
        response = connection.getresponse()
        data = response.read()
        content = (
            json.loads(data) if data.startswith(b"{") else {}
        )  # MLflow's server fails with a page
        connection.close()
        if call.keep:
            name, *steps = call.keep
            known[name] = content
            for step in steps:
                known[name] = known[name][step]
        experiments = {known[name]: f"<{name}>" for name in _EXPERIMENTS if name in known}
        yield response.status, _comparable(_renamed(content, experiments))


def _filled(value: Any, known: dict[str, Any]) -> Any:
    if isinstance(value, str):
        return _PLACE.sub(lambda match: str(known[match[1]]), value)
    if isinstance(value, dict):
        return {key: _filled(one, known) for key, one in value.items()}
    return [_filled(one, known) for one in value] if isinstance(value, list) else value


def _renamed(value: Any, experiments: dict[str, str]) -> Any:
    """Write names for the ids of experiments, of which a database may leave some out."""
    if isinstance(value, dict):
        return {
            key: experiments.get(one, one) if key == "experiment_id" else _renamed(one, experiments)
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [_renamed(one, experiments) for one in value]
    if isinstance(value, str):
        return _ROOT.sub(lambda match: f"{match[1]}{experiments.get(match[2], match[2])}", value)
    return value


def _comparable(value: Any) -> Any:
    """Remove what is different each time."""
    if isinstance(value, dict):
        return {
            key: _comparable(one)
            for key, one in value.items()
            if key not in _UNEQUAL and one not in ({}, [])
        }
    if isinstance(value, list):
        return _in_order([_comparable(one) for one in value])
    if isinstance(value, str):
        if _RANDOM_NAME.fullmatch(value):
            return "<name>"
        for pattern, word in _WORDS:
            value = re.sub(pattern, word, value)
        return value
    if isinstance(value, float) and abs(value) == _LARGEST:
        return "Infinity" if value > 0 else "-Infinity"
    return "<time>" if isinstance(value, int) and _NOW < value < 2 * _NOW else value


def _in_order(items: list[Any]) -> list[Any]:
    """Sort what has no order: tags, parameters and metrics of a run."""
    if not all(isinstance(item, dict) and {"key", "value"} <= item.keys() for item in items):
        return items
    if any("run_id" in item for item in items):
        return items
    kept = [item for item in items if item["key"] not in _UNEQUAL_TAGS]
    return sorted(
        kept, key=lambda item: (item["key"], item.get("timestamp", 0), item.get("step", 0))
    )


def _differences(theirs: Any, ours: Any, place: str) -> Iterator[str]:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key in sorted({*theirs, *ours}):
            yield from _differences(theirs.get(key), ours.get(key), f"{place}.{key}")
    elif (
        isinstance(theirs, list | tuple)
        and isinstance(ours, list | tuple)
        and len(theirs) == len(ours)
    ):
        for number, (one, other) in enumerate(zip(theirs, ours, strict=True)):
            yield from _differences(one, other, f"{place}[{number}]")
    elif theirs != ours:
        yield f"{place}: {json.dumps(theirs)[:100]} | {json.dumps(ours)[:100]}"


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
