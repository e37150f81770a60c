"""Reads whole modules and packages of a project, and the import effects of modules."""

import builtins
import sys
from pathlib import Path
from typing import Final

import msgspec
from blake3 import blake3

from treadle.engine.fingerprint.effects import Effect
from treadle.engine.fingerprint.findings import Hint
from treadle.engine.fingerprint.objects import source_of
from treadle.engine.fingerprint.references import Reached, Scope
from treadle.engine.fingerprint.sources import Source, digest_tree, read_source
from treadle.engine.fingerprint.used_names import names_used
from treadle.engine.modules import find_origin

FOR_ALL: Final = "at import, for all"
"""Label of statements that affect every node."""


def read_effects(name: str, reached: Reached) -> None:
    """Read the import effects of a module, and the modules that it imports."""
    source = source_of(name)
    if source is None:
        file = str(getattr(sys.modules.get(name), "__file__", "") or "")
        if file and not file.endswith(".py"):
            reached.found.widened.add(
                Hint(name, "it is not written in Python", f"All of {Path(file).name} counts.")
            )
            reached.found.pieces[f"{name}:*"] = _digest_of_file(file)
        return
    parts = name.split(".")
    for count in range(1, len(parts)):
        reached.found.touch(".".join(parts[:count]))
    for one in names_used(*source.imports()).imports.values():
        reached.found.touch_imported(one, name)
    _read_statements(name, source, Effect.NEAR, reached)


def read_far_effects(name: str, reached: Reached) -> None:
    """Read what a module changes in Python and in libraries on import, as no node names that."""
    source = source_of(name)
    if source is not None:
        _read_statements(name, source, Effect.FAR, reached)


def _read_statements(name: str, source: Source, effect: Effect, reached: Reached) -> None:
    """Read a module's statements with an effect, what they call, and what they may have read."""
    names = vars(sys.modules[name])
    found = reached.effects.of_module(name, source.tree.body, names)[effect]
    if found:
        label = f"{name}:{'at import' if effect is Effect.NEAR else FOR_ALL}"
        reached.found.pieces[label] = digest_tree(*found)
        reached.follow(names_used(*found), Scope(name, label, (names, vars(builtins))))
        reached.found.read_at_import(name)


def read_module(name: str, reached: Reached) -> None:
    """Read all of a module, and all names that it uses."""
    module = sys.modules.get(name)
    source = source_of(name)
    if source is None:
        reached.found.pieces[f"{name}:*"] = _digest_of_file(
            str(getattr(module, "__file__", "") or "")
        )
        return
    reached.found.pieces[f"{name}:*"] = source.digest
    used = msgspec.structs.replace(names_used(source.tree), reflective=())
    reached.follow(used, Scope(name, f"{name}:*", (vars(module) if module else {}, vars(builtins))))


def read_package(name: str, reached: Reached) -> None:
    """Read all source files of a package."""
    for folder in getattr(sys.modules.get(name), "__path__", ()):
        for path in sorted(Path(folder).rglob("*.py")):
            label = f"{path.relative_to(Path(folder).parent).as_posix()}:*"
            source = read_source(str(path))
            reached.found.pieces[label] = source.digest if source else _digest_of_file(str(path))
            imports = names_used(*source.imports_anywhere()).imports.values() if source else ()
            for one in imports:
                if not one.module.startswith(".") and find_origin(one.module) == "package":
                    reached.found.packages.add(one.module.partition(".")[0])


def _digest_of_file(file: str) -> str:
    try:
        return blake3(Path(file).read_bytes()).hexdigest()[:32]
    except OSError:
        return ""
