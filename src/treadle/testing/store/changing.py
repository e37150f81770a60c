"""Changing runs and experiments."""

import pytest

from treadle.errors import ConflictError, ExperimentNotFoundError, RunNotFoundError, SearchError
from treadle.records import ExperimentChange, RunChange, RunStarted
from treadle.store import Search, Store, identify, parse
from treadle.testing.store.base import StoreFixtures, start_run

_TAGS = {"k": "v"}
_INVALID = [
    ("none", ExperimentChange(name="x"), ExperimentNotFoundError, 'no experiment "none"'),
    ("a", ExperimentChange(name="b", tags=_TAGS), ConflictError, 'an experiment "b" already'),
    ("a", ExperimentChange(name="bin"), ConflictError, "already, which is deleted"),
    ("bin", ExperimentChange(name="x"), ConflictError, "is deleted"),
    ("default", ExperimentChange(deleted=True, tags=_TAGS), ConflictError, "runs that name none"),
    ("a", ExperimentChange(name=" "), SearchError, "Invalid experiment name"),
    ("a", ExperimentChange(name="x\ny"), SearchError, "Invalid experiment name"),
    ("a", ExperimentChange(name="x" * 501), SearchError, "Invalid experiment name"),
]
"""Changes that are rejected: the experiment, the change, and the error."""


class ChangingSuite(StoreFixtures):
    """Tests of how runs are found by name and changed, and of experiments."""

    @pytest.mark.parametrize(
        ("given", "expected"),
        [("aa1", "aa1"), ("bb", "bb3"), ("4", "cc4"), ("beta", "aa2"), ("latest", "cc4")],
    )
    def test_a_run_is_found_by_its_id_or_name(
        self, several: Store, given: str, expected: str
    ) -> None:
        """A run is found by its id, a part of that, its name, or as the latest."""
        assert several.get_run(given).run.id == expected

    def test_a_name_precedes_a_part_of_an_id(self, several: Store) -> None:
        """A name that is also a part of an id is a name."""
        several.change_run("bb3", RunChange(name="cc"), 200.0)
        assert several.get_run("cc").run.id == "bb3"
        assert several.get_run("cc4").run.id == "cc4"

    def test_deleted_runs_come_last(self, empty_store: Store) -> None:
        """A name means the newest run that is not deleted, if there is one."""
        empty_store.apply(
            "w",
            1,
            [
                start_run("r1", "same", 1.0),
                start_run("r2", "same", 2.0),
                start_run("r3", "other", 0.0),
            ],
        )
        empty_store.change_run("r2", RunChange(deleted=True), 5.0)
        assert [empty_store.get_run(name).run.id for name in ("latest", "same", "r2")] == [
            "r1",
            "r1",
            "r2",
        ]
        empty_store.change_run("r1", RunChange(deleted=True), 6.0)
        assert [empty_store.get_run(name).run.id for name in ("latest", "same")] == ["r3", "r2"]

    @pytest.mark.parametrize(
        ("given", "message"),
        [("aa", "matches several runs: aa2, aa1"), ("%", "no run"), ("", "no run")],
    )
    def test_a_run_is_not_found(self, several: Store, given: str, message: str) -> None:
        """What matches several runs, or none, is an error."""
        with pytest.raises(RunNotFoundError, match=message):
            several.get_run(given)

    def test_runs_are_changed(self, several: Store) -> None:
        """Runs are renamed, moved, tagged, deleted and restored."""
        change = RunChange(name="new", experiment="elsewhere", tags={"a": "b"}, untag=["stage"])
        changed = several.change_run("aa1", change, 5.0)
        assert (changed.id, changed.name, changed.experiment, changed.tags) == (
            "aa1",
            "new",
            "elsewhere",
            {"a": "b"},
        )
        assert [
            run.id for run in several.find_runs(Search(where=parse("experiment = 'elsewhere'")))
        ] == ["aa1"]
        assert several.change_run("new", RunChange(deleted=True), 5.0).deleted
        assert "aa1" not in {run.id for run in several.find_runs(Search())}
        assert [run.id for run in several.find_runs(Search(lifecycle="deleted"))] == ["aa1"]
        assert len(several.find_runs(Search(lifecycle="all"))) == 4
        assert several.change_run("aa1", RunChange(deleted=False), 5.0).deleted is None
        with pytest.raises(RunNotFoundError):
            several.change_run("nothing", RunChange(name="x"), 5.0)

    def test_experiments_are_changed(self, empty_store: Store) -> None:
        """Experiments are listed, renamed, tagged, deleted and restored."""
        empty_store.apply(
            "w",
            1,
            [
                RunStarted("r1", "a", "one", 10.0, "code", "", identify()),
                RunStarted("r2", "a", "two", 30.0, "code", "", identify()),
                RunStarted("r3", "b", "three", 20.0, "code", "", identify()),
            ],
        )
        empty_store.change_run("r2", RunChange(deleted=True), 40.0)
        assert _experiments(empty_store) == {
            "default": (0, None, False),
            "a": (1, 10.0, False),
            "b": (1, 20.0, False),
        }
        changed = empty_store.change_experiment(
            "a", ExperimentChange(name="new", tags={"k": "v", "old": ""}, untag=["old"]), 50.0
        )
        assert (changed.name, changed.tags) == ("new", {"k": "v"})
        assert (
            empty_store.change_experiment(changed.id, ExperimentChange(), 51.0) == changed
        )  # by its id
        assert empty_store.get_run("r1").run.experiment == "new"
        assert (
            empty_store.change_experiment("new", ExperimentChange(deleted=True), 60.0).deleted
            is not None
        )
        assert _experiments(empty_store)["new"] == (2, 30.0, True)
        assert [run.id for run in empty_store.find_runs(Search())] == ["r3"]
        restored = empty_store.change_experiment(
            "new", ExperimentChange(deleted=False, name="again"), 70.0
        )
        assert (restored.name, restored.deleted) == ("again", None)
        assert _experiments(empty_store)["again"] == (2, 30.0, False)

    def test_invalid_changes_of_experiments(self, empty_store: Store) -> None:
        """A change that is invalid is an error, and changes nothing."""
        entries = [start_run(f"r-{name}", experiment=name) for name in ("a", "b", "bin")]
        empty_store.apply("w", 1, entries)
        empty_store.change_experiment("bin", ExperimentChange(deleted=True), 20.0)
        before = empty_store.list_experiments()
        for experiment, change, error, message in _INVALID:
            with pytest.raises(error, match=message):
                empty_store.change_experiment(experiment, change, 30.0)
        with pytest.raises(ConflictError, match="is deleted"):
            empty_store.change_run("r-a", RunChange(experiment="bin"), 30.0)
        assert empty_store.list_experiments() == before

    def test_a_new_run_restores_its_experiment(self, empty_store: Store) -> None:
        """A run of a deleted experiment restores it, but not its other runs."""
        empty_store.apply("w", 1, [RunStarted("r1", "a", "old", 10.0, "code", "", identify())])
        empty_store.change_experiment("a", ExperimentChange(deleted=True), 20.0)
        empty_store.apply("w", 2, [RunStarted("r2", "a", "new", 30.0, "code", "", identify())])
        assert _experiments(empty_store)["a"] == (1, 30.0, False)
        assert [run.id for run in empty_store.find_runs(Search())] == ["r2"]
        assert [run.id for run in empty_store.find_runs(Search(lifecycle="deleted"))] == ["r1"]


def _experiments(store: Store) -> dict[str, tuple[int, float | None, bool]]:
    return {
        one.experiment.name: (one.runs, one.newest, one.experiment.deleted is not None)
        for one in store.list_experiments()
    }
