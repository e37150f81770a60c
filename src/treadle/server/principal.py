"""The caller of a request, and their permissions."""

from typing import Final, Literal

import msgspec

from treadle.records import Role

_RANK: Final[dict[Role, int]] = {"none": 0, "viewer": 1, "editor": 2, "admin": 3}


class Principal(msgspec.Struct, frozen=True):
    """A user of a request: a server-wide role, and roles for single experiments and models."""

    name: str
    role: Role
    experiments: dict[str, Role] = {}
    models: dict[str, Role] = {}

    def may(self, needed: Role, *, experiment: str | None = None, model: str | None = None) -> bool:
        """Return whether the role on an experiment, a model, or the whole server is sufficient."""
        role = self.role
        if experiment is not None:
            role = self.experiments.get(experiment, role)
        elif model is not None:
            role = self.models.get(model, role)
        return self.role == "admin" or _RANK[role] >= _RANK[needed]

    def scope(
        self, kind: Literal["experiment", "model"]
    ) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
        """Return the visible experiment ids or model names, None for all; and the hidden ones."""
        if self.role == "admin":
            return None, ()
        granted = self.experiments if kind == "experiment" else self.models
        if _RANK[self.role] >= _RANK["viewer"]:
            return None, tuple(
                name for name, role in granted.items() if _RANK[role] < _RANK["viewer"]
            )
        return tuple(name for name, role in granted.items() if _RANK[role] >= _RANK["viewer"]), ()

    def may_everywhere(self, needed: Role) -> bool:
        """Return whether the role is sufficient for every experiment and every model."""
        roles = (self.role, *self.experiments.values(), *self.models.values())
        return self.role == "admin" or min(_RANK[role] for role in roles) >= _RANK[needed]

    def may_somewhere(self, needed: Role) -> bool:
        """Return whether the role is sufficient for the whole server, or for anything on it."""
        roles = (self.role, *self.experiments.values(), *self.models.values())
        return max(_RANK[role] for role in roles) >= _RANK[needed]


EVERYTHING: Final = Principal("", "admin")
"""The caller of a server that has no users."""
