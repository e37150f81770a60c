"""Tests of what is observed: code that a test runs as a module is forgotten after it."""

import pytest

from treadle.engine.observed import imports


@pytest.fixture(autouse=True)
def _own_imports(monkeypatch):
    monkeypatch.setattr(imports, "_WATCHES", {})
