import pytest
from tests.servers import serving

from treadle.store import locate_store
from treadle.store.connect import connect_store


@pytest.fixture(params=["sqlite", "postgresql", "http"])
def address(request, tmp_path):
    """Where a new and empty store of each kind is."""
    if request.param == "sqlite":
        yield str(tmp_path / "store.db")
    elif request.param == "postgresql":
        yield request.getfixturevalue("postgres")
    else:
        with serving(tmp_path / "served.db") as url:
            yield url


@pytest.fixture
def opened(address):
    store = connect_store(locate_store(address))
    yield store
    store.close()
