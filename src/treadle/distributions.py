"""Finds the installed distributions, by the names of their metadata folders.

That takes a millisecond; reading the metadata of a large environment takes hundreds.
"""

import os
import re
from collections.abc import Iterable
from typing import Final

import msgspec

_METADATA: Final = re.compile(r"(?P<name>.+?)-(?P<version>\d[^-]*)\.(?:dist|egg)-info")
_SEPARATORS: Final = re.compile(r"[-_.]+")


class Distribution(msgspec.Struct, frozen=True):
    """An installed distribution."""

    # Not a NamedTuple: creating one runs eval(), after which Python forgets that Ctrl-C ended the
    # program, if this module is first imported by what runs at the end.
    version: str
    metadata: str
    """The path of its metadata folder."""


def find_distributions(paths: Iterable[str]) -> dict[str, Distribution]:
    """Return the distributions in some folders by normalized name; the first of each name counts.

    Args:
        paths: The folders, such as those of `sys.path`.
    """
    distributions: dict[str, Distribution] = {}
    for folder in dict.fromkeys(paths):
        if not folder or not os.path.isdir(folder):  # noqa: PTH112 - faster; called in every run
            continue
        with os.scandir(folder) as entries:
            for entry in entries:
                if match := _METADATA.fullmatch(entry.name):
                    distribution = Distribution(match["version"], entry.path)
                    distributions.setdefault(normalize(match["name"]), distribution)
    return distributions


def normalize(name: str) -> str:
    """Return the normalized form of a distribution's name.

    Examples:
        >>> normalize("Ruamel.yaml_clib")
        'ruamel-yaml-clib'
    """
    return _SEPARATORS.sub("-", name).lower()
