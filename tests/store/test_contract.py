"""The contract of stores, on SQLite, PostgreSQL, and a server over HTTP."""

import random

import msgspec
import pytest

from treadle.errors import RunNotFoundError, SearchError, StoreError
from treadle.store import Search, locate_store, open_store, parse_sort
from treadle.testing import StoreSuite
from treadle.tracking.opening import create_run


class TestStores(StoreSuite):
    @pytest.fixture
    def empty_store(self, opened):
        return opened

    @pytest.mark.parametrize(
        "address", ["sqlite", "postgresql"], indirect=True
    )  # a client asks for as many as it wants
    def test_pages_of_a_team_store_follow_each_other(self, several):
        for sort in (
            "-started",
            "metrics.r2",
            "-metrics.r2",
            "params.depth",
            "-tags.stage",
            "name",
            "-duration",
        ):
            search = Search(sort=parse_sort(sort), limit=1)
            whole = [run.id for run in several.find_runs(Search(sort=parse_sort(sort)))]
            seen = []
            while True:
                page = several.runs.page(search)
                seen += [one.run.id for one in page.runs]
                if not page.next:
                    break
                search = msgspec.structs.replace(search, after=page.next)
            assert seen == whole, sort
        with pytest.raises(SearchError, match="does not belong to this search"):
            several.runs.page(Search(sort=parse_sort("name"), after=search.after))
        with pytest.raises(SearchError, match="does not belong"):
            several.runs.page(Search(after="x" * 30))


def test_the_content_of_an_artifact_comes_back(address):
    location = locate_store(address)
    content = random.Random(5).randbytes(3 << 20) * 3  # more than one answer of a server takes
    with create_run(location, name="one", experiment="e", kind="code") as run:
        run.log_bytes(content, "deep/big file.bin")
        run.log_bytes(b"", "empty.txt")
    store = open_store(location)
    try:
        assert b"".join(store.artifact(run.id, "deep/big file.bin")) == content
        assert b"".join(store.artifact("one", "empty.txt")) == b""
        with pytest.raises(StoreError, match=r"has no artifact deep/other"):
            b"".join(store.artifact(run.id, "deep/other"))
        with pytest.raises(RunNotFoundError):
            b"".join(store.artifact("two", "empty.txt"))
    finally:
        store.close()
