"""The n-th write or sync of the database fails.

What was acknowledged is there, and the rest says so.
"""

import apsw
import pytest

from treadle.errors import StoreError
from treadle.records import MetricLogged, RunStarted
from treadle.store import identify, locate_store
from treadle.store.sql.sqlite import SqliteStore

BATCHES = 6


class Faults:
    """Counts the operations of a kind, and lets one fail, or all from there on."""

    def __init__(self):
        self.at = 0
        self.seen = 0
        self.persistent = False
        self.operation = ""
        self.error: type[apsw.Error] = apsw.IOError

    def check(self, operation):
        if operation == self.operation:
            self.seen += 1
            if self.at and (self.seen == self.at or (self.persistent and self.seen >= self.at)):
                raise self.error("injected")


FAULTS = Faults()


class FaultyFile(apsw.VFSFile):
    def xWrite(self, data, offset):
        FAULTS.check("write")
        super().xWrite(data, offset)

    def xSync(self, flags):
        FAULTS.check("sync")
        super().xSync(flags)

    def xTruncate(self, size):
        FAULTS.check("truncate")
        super().xTruncate(size)


class FaultyVfs(apsw.VFS):
    def __init__(self):
        super().__init__("faulty", "")

    def xOpen(self, name, flags):
        return FaultyFile("", name, flags)


VFS = FaultyVfs()


@pytest.fixture
def faults(monkeypatch):
    connect = apsw.Connection
    monkeypatch.setattr(
        apsw, "Connection", lambda path, **options: connect(path, vfs="faulty", **options)
    )
    FAULTS.at = FAULTS.seen = 0
    yield FAULTS
    FAULTS.at = 0


def log(folder):
    """Log in batches; give how many were acknowledged, and whether all went well."""
    acknowledged = 0
    try:
        with SqliteStore(locate_store(folder / "x.db")) as store:
            store.apply("w", 1, [RunStarted("r", "e", "n", 1.0, "code", "c", identify())])
            acknowledged = 1
            for batch in range(BATCHES):
                first = 2 + batch * 100
                entries = [
                    MetricLogged("r", "m", step, 1.0, float(step))
                    for step in range(batch * 100, batch * 100 + 100)
                ]
                acknowledged = store.apply("w", first, entries)
    except StoreError as error:
        assert "x.db" in str(error)
        return acknowledged, False
    return acknowledged, True


@pytest.mark.parametrize("persistent", [False, True], ids=["once", "from-there-on"])
@pytest.mark.parametrize("error", [apsw.IOError, apsw.FullError], ids=["EIO", "ENOSPC"])
@pytest.mark.parametrize("operation", ["write", "sync", "truncate"])
def test_the_nth_operation_fails(tmp_path, faults, operation, error, persistent):
    faults.operation, faults.error, faults.persistent = operation, error, persistent
    failed = 0
    for number in range(1, 2000):
        folder = tmp_path / str(number)
        folder.mkdir()
        faults.at, faults.seen = number, 0
        acknowledged, went_well = log(folder)
        reached = faults.seen >= number
        faults.at = 0
        failed += not went_well
        with SqliteStore(locate_store(folder / "x.db")) as store:
            assert store.check() == []
            points = store.points("r", "m") if acknowledged else []
            assert [point.value for point in points] == [float(step) for step in range(len(points))]
            assert len(points) >= acknowledged - 1  # all that was acknowledged
            assert len(points) % 100 == 0  # and batches whole
            # What follows is taken, whatever failed before.
            entries = [
                MetricLogged("r", "m", step, 1.0, float(step))
                for step in range(len(points), len(points) + 7)
            ]
            if acknowledged:
                store.apply("w", 2 + len(points), entries)
                assert len(store.points("r", "m")) == len(points) + 7
        if not reached:
            assert acknowledged == 1 + BATCHES * 100
            break
    else:
        raise AssertionError("the run never passes untouched")
    assert failed or operation == "truncate"
