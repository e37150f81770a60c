"""Collects what a node run depends on, as far as that is known before it runs."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from blake3 import blake3

from treadle.engine.data_code import DataCode
from treadle.engine.fingerprint import (
    CodeFingerprint,
    CodeFingerprints,
    IndigestibleError,
    digest_value,
)
from treadle.engine.key import NodeParts
from treadle.engine.modules import versions_behind
from treadle.engine.observed import ReadingNow, find_classes
from treadle.engine.parameter_text import write_parameter
from treadle.engine.plan import Plan, Step


def node_seed(seed: int, name: str) -> int:
    """Derive a node's 32-bit seed from the seed of its run."""
    return int.from_bytes(blake3(f"{seed}:{name}".encode()).digest()[:4], "little")


class Dependencies:
    """What the nodes of one plan depend on.

    Args:
        plan: The plan.
        folder: The project's folder: paths that nodes read there are stored relative to it.
        seed: The run's seed; each node's is derived from it.
        hooks: Functions of plugins that can change data on its way to and from a node.

    Attributes:
        now: Computes current digests of what nodes read earlier.
    """

    def __init__(
        self, plan: Plan, folder: Path, seed: int, hooks: Collection[Callable[..., Any]]
    ) -> None:
        self._plan = plan
        self._seed = seed
        self.now = ReadingNow(folder, plan.catalog.contents, self._digest_code)
        self._code = CodeFingerprints(self.now)
        self._data_code = DataCode(self._code, hooks)
        self._codes: dict[int, CodeFingerprint] = {}
        self._entries: dict[str, str] = {}

    def code(self, step: Step) -> CodeFingerprint:
        """Fingerprint the code of a step; steps with the same function share it."""
        known = self._codes.get(id(step.node.func))
        if known is None:
            known = self._codes[id(step.node.func)] = self._code.of(step.node.func)
        return known

    def digest(self, value: object) -> str:
        """Digest a value; after a space, add the code of the project and package versions in it.

        Raises:
            IndigestibleError: It has no digest.
        """
        return self._code.digest(value)

    def digest_code(self, step: Step) -> str:
        """Digest the code of a step."""
        return self.code(step).digest()

    def digest_code_in(self, value: object) -> str:
        """Digest the code of the objects in a value; empty if there are too many to inspect."""
        own, packages, is_whole = find_classes(value)
        if not is_whole:
            return ""
        found = [self._digest_code(one) for one in own]
        return digest_value([sorted(found), versions_behind(sorted(packages))])

    def seed(self, step: Step) -> int:
        """Return the seed of a step."""
        return node_seed(self._seed, step.node.name)

    def of(self, step: Step, inputs: Mapping[str, str]) -> NodeParts:
        """Collect what a step depends on.

        Args:
            step: The step.
            inputs: Digests or other identities of its inputs, by name.
        """
        code = self.code(step)
        node = step.node
        names = (*step.reads, *node.outputs)
        bound = [dataset for name in names if (dataset := self._plan.bound[name]) is not None]
        pieces, packages = self._data_code.of(bound)
        return NodeParts(
            code=code.pieces | pieces,
            packages=code.packages | packages,
            inputs=dict(inputs),
            params={name: write_parameter(name, value) for name, value in step.constants.items()},
            entries={name: entry for name in names if (entry := self._entry(name, step))},
            form=repr(
                (node.form, [(port.key, port.dataset) for port in (*node.arguments, *node.results)])
            ),
            seed=self.seed(step),
        )

    def _entry(self, name: str, step: Step) -> str:
        """Digest a dataset's catalog entry; an input's path is left out, as its content counts."""
        if self._plan.bound[name] is None:
            return ""
        is_input = name in step.reads
        label = f"{name} {is_input}"
        if label not in self._entries:
            given = {
                key: value
                for key, value in self._plan.catalog.specification(name).items()
                if key != "cache" and not (is_input and key in ("filepath", "path"))
            }
            try:
                self._entries[label] = digest_value(given)
            except IndigestibleError:
                self._entries[label] = digest_value(repr(given))
        return self._entries[label]

    def _digest_code(self, value: Any) -> str:
        return self._code.of(value).digest()
