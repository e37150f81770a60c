import pytest


@pytest.fixture(autouse=True)
def _own_imports(own_imports):
    """Runs in this process, one after the other, know nothing of each other."""
