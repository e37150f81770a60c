import pytest

from treadle.store import locate_store
from treadle.store.connect import connect_store


@pytest.fixture
def opened(address):
    store = connect_store(locate_store(address))
    yield store
    store.close()
