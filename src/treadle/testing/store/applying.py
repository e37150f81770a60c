"""Applying entries of journals: everything is stored, exactly once."""

import pytest

from treadle.errors import SearchError, StoreError
from treadle.records import (
    ArtifactLogged,
    DatasetUsed,
    Entry,
    ErrorRecord,
    LinesLogged,
    MetricLogged,
    MetricsLogged,
    NodeEnded,
    NodeStarted,
    ParamsLogged,
    ProcessIdentity,
    RecordsDropped,
    RunChange,
    RunEnded,
    RunStarted,
    SnapshotTaken,
    TagsSet,
)
from treadle.store import Store, identify
from treadle.testing.store.base import StoreFixtures, start_run


def _one_of_each(error: ErrorRecord) -> list[Entry]:
    """Return the entries of a run that failed, some of each kind."""
    return [
        start_run(),
        ParamsLogged("r1", {"lr": 0.1, "depth": 3, "kind": "ridge", "on": True, "none": None}),
        TagsSet("r1", {"stage": "dev"}),
        TagsSet("r1", {"stage": "test"}),
        MetricLogged("r1", "loss", 0, 101.0, 0.5),
        MetricsLogged("r1", 1, 102.0, {"loss": 0.25, "acc": 0.9}),
        ArtifactLogged("r1", "plots/a.png", "blake3:00", 7, 103.0),
        SnapshotTaken("r1", "config", b'{"a": 1}'),
        NodeStarted("r1", "clean", 100.5),
        NodeEnded("r1", "clean", "finished", 100.5, 100.7, 0.1, 1000, "because"),
        NodeStarted("r1", "train", 100.8),
        NodeEnded("r1", "train", "failed", 100.8, 100.9, 0.1, 2000, "", error),
        DatasetUsed(
            "r1", "clean", "raw", "read", "csv", "/data/raw.csv", "", "blake3:11", 5, 100.6
        ),
        LinesLogged("r1", 104.0, "INFO", "user", "hello"),
        RecordsDropped("r1", 3, "full"),
        RunEnded("r1", "failed", 105.0, error),
    ]


class ApplyingSuite(StoreFixtures):
    """Tests of how entries of journals are applied."""

    def test_it_has_the_methods_of_a_store(self, empty_store: Store) -> None:
        """It has every method of `Store`."""
        assert isinstance(empty_store, Store)

    def test_a_run_is_stored_as_it_was_logged(self, empty_store: Store) -> None:
        """Every kind of entry is stored, with the types of its values."""
        error = ErrorRecord("ValueError", "no", "trace")
        entries = _one_of_each(error)
        assert empty_store.apply("w", 1, entries) == len(entries)
        details = empty_store.get_run("r1")
        run = details.run
        assert (run.name, run.experiment, run.status, run.started, run.ended) == (
            "one",
            "e",
            "failed",
            100.0,
            105.0,
        )
        assert run.params == {"lr": 0.1, "depth": 3, "kind": "ridge", "on": True, "none": None}
        assert [type(run.params[key]) for key in ("lr", "depth", "on")] == [float, int, bool]
        assert run.tags == {"stage": "test"}
        assert run.metrics == {"loss": 0.25, "acc": 0.9}
        assert (run.error, run.dropped, run.user) == (error, 3, "ada")
        assert [(n.node, n.status, n.peak, n.error) for n in details.nodes] == [
            ("clean", "finished", 1000, None),
            ("train", "failed", 2000, error),
        ]
        assert details.datasets[0].location == "/data/raw.csv"
        assert details.artifacts[0].path == "plots/a.png"
        assert details.logs[0].text == "hello"
        assert bytes(details.snapshots["config"]) == b'{"a": 1}'

    def test_long_names_are_cut(self, empty_store: Store) -> None:
        """Names that no index accepts are cut to 500 characters."""
        long = "".join(map(chr, range(300, 8300)))  # compresses badly
        empty_store.apply(
            "w",
            1,
            [RunStarted("r1", long, long, 1.0, "code", "", identify(), user=long, parent=long)],
        )
        run = empty_store.get_run("r1").run
        assert (run.experiment, run.name, run.user, run.parent) == (
            long[:500],
            long[:500],
            long[:500],
            long[:500],
        )

    def test_control_characters_in_names_become_spaces(self, empty_store: Store) -> None:
        """Names of a journal are cleaned; those of a request are rejected."""
        entry = RunStarted("r", "an\nexperiment", "\x1b[2Jname\0", 1.0, "code", "c", identify())
        empty_store.apply("w", 1, [entry])
        run = empty_store.get_run("r").run
        assert (run.name, run.experiment) == (" [2Jname ", "an experiment")
        with pytest.raises(SearchError, match="Invalid run name"):
            empty_store.change_run("r", RunChange(name="a\nb"), 1.0)

    def test_entries_are_applied_once(self, empty_store: Store) -> None:
        """Entries that are sent again are skipped; a gap is an error."""
        entries: list[Entry] = [
            start_run(),
            *(MetricLogged("r1", "m", n, float(n), float(n)) for n in range(10)),
        ]
        assert empty_store.apply("w", 1, entries[:5]) == 5
        assert empty_store.apply("w", 1, entries[:5]) == 5
        assert empty_store.apply("w", 3, entries[2:]) == 11
        assert empty_store.apply("w", 1, entries) == 11
        assert [point.step for point in empty_store.points("r1", "m")] == list(range(10))
        with pytest.raises(StoreError, match="Entries 12 to 13 of writer w are missing"):
            empty_store.apply("w", 14, entries[:1])

    def test_writers_come_in_any_order(self, empty_store: Store) -> None:
        """A run has several writers, and the entry that starts it may not be the first."""
        empty_store.apply("child", 1, [MetricLogged("r1", "m", 0, 1.0, 1.0)])
        assert empty_store.get_run("r1").run.status == "running"
        empty_store.apply("parent", 1, [start_run(), RunEnded("r1", "finished", 200.0)])
        empty_store.apply("child", 2, [MetricLogged("r1", "m", 1, 300.0, 2.0)])
        run = empty_store.get_run("r1").run
        assert (run.name, run.status, run.started, run.metrics) == (
            "one",
            "finished",
            100.0,
            {"m": 2.0},
        )

    def test_runs_of_dead_processes_are_reaped(self, empty_store: Store) -> None:
        """Only runs of processes of this machine that have died are marked as killed."""
        me = identify()
        gone = ProcessIdentity(2**22 + 1, me.host, me.boot, 5)
        reused = ProcessIdentity(me.pid, me.host, me.boot, me.born - 1)
        rebooted = ProcessIdentity(me.pid, me.host, "another boot", me.born)
        elsewhere = ProcessIdentity(2**22 + 1, "another host", me.boot, 5)
        owners = {
            "gone": gone,
            "reused": reused,
            "rebooted": rebooted,
            "elsewhere": elsewhere,
            "alive": me,
        }
        for run, owner in owners.items():
            empty_store.apply(
                run,
                1,
                [
                    RunStarted(run, "e", run, 100.0, "code", "", owner),
                    NodeStarted(run, "n", 101.0),
                    MetricLogged(run, "m", 0, 150.0, 1.0),
                ],
            )
        assert sorted(empty_store.reap()) == ["gone", "rebooted", "reused"]
        killed = empty_store.get_run("gone")
        assert (killed.run.status, killed.run.ended, killed.nodes[0].status) == (
            "killed",
            150.0,
            "killed",
        )
        assert (
            empty_store.get_run("elsewhere").run.status
            == empty_store.get_run("alive").run.status
            == "running"
        )
        assert empty_store.reap() == []
