"""Who asks, and what they may do."""

from typing import Final, Literal

import msgspec

from treadle.records import Role

__all__ = ["EVERYTHING", "Principal"]

_RANK: Final[dict[Role, int]] = {"none": 0, "viewer": 1, "editor": 2, "admin": 3}


class Principal(msgspec.Struct, frozen=True):
    """A user as a request sees them: a role for everything, and others for single experiments and models."""

    name: str
    role: Role
    experiments: dict[str, Role] = {}
    models: dict[str, Role] = {}

    def may(self, needed: Role, *, experiment: str | None = None, model: str | None = None) -> bool:
        """Tell whether the role for an experiment, a model, or the whole server is high enough."""
        role = self.role
        if experiment is not None:
            role = self.experiments.get(experiment, role)
        elif model is not None:
            role = self.models.get(model, role)
        return self.role == "admin" or _RANK[role] >= _RANK[needed]

    def scope(self, kind: Literal["experiment", "model"]) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
        """Give which experiments (by id) or models (by name) may be seen, None for all; and which of these may not."""
        if self.role == "admin":
            return None, ()
        granted = self.experiments if kind == "experiment" else self.models
        if _RANK[self.role] >= _RANK["viewer"]:
            return None, tuple(name for name, role in granted.items() if _RANK[role] < _RANK["viewer"])
        return tuple(name for name, role in granted.items() if _RANK[role] >= _RANK["viewer"]), ()

    def may_everywhere(self, needed: Role) -> bool:
        """Tell whether the role is high enough for every experiment and every model."""
        roles = (self.role, *self.experiments.values(), *self.models.values())
        return self.role == "admin" or min(_RANK[role] for role in roles) >= _RANK[needed]

    def may_somewhere(self, needed: Role) -> bool:
        """Tell whether the role is high enough for the whole server, or for anything on it."""
        roles = (self.role, *self.experiments.values(), *self.models.values())
        return max(_RANK[role] for role in roles) >= _RANK[needed]


EVERYTHING: Final = Principal("", "admin")
"""Whoever asks a server that has no users."""
