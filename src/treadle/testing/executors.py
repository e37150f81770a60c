"""The suite for executors."""

from functools import partial
from pathlib import Path

import pytest

import treadle
from treadle.catalog import DataCatalog
from treadle.config import Parameters
from treadle.engine import Executor, create_plan, execute
from treadle.errors import NodeError
from treadle.hooks import create_hooks, hook
from treadle.pipelines import Node, node, pipeline


def _run_all(executor: Executor) -> dict[int, BaseException | None]:
    """Wait until all tasks have run; return their errors by position."""
    ended: dict[int, BaseException | None] = {}
    while completed := list(executor.wait()):
        for one in completed:
            assert one.position not in ended, f"task {one.position} has ended twice"
            ended[one.position] = one.error
    return ended


def _fail() -> None:
    raise ValueError("of the task")


class ExecutorSuite:
    """Tests of an executor; they use no more than three tasks at once.

    A subclass overrides the fixture `executor`.
    """

    @pytest.fixture
    def executor(self) -> Executor:
        """Return a new executor."""
        raise NotImplementedError(f"Define the fixture executor in {type(self).__name__}.")

    def test_without_tasks_nothing_ends(self, executor: Executor) -> None:
        """Waiting for no task returns at once."""
        assert list(executor.wait()) == []
        executor.close()

    def test_each_task_runs_once(self, executor: Executor) -> None:
        """Every task that was submitted runs and ends exactly once."""
        ran: list[int] = []
        for position in range(3):
            executor.submit(position, partial(ran.append, position))
        assert _run_all(executor) == dict.fromkeys(range(3))
        executor.close()
        assert sorted(ran) == [0, 1, 2]

    def test_tasks_are_submitted_while_others_run(self, executor: Executor) -> None:
        """As steps become ready one after the other."""
        ran: list[int] = []
        executor.submit(0, partial(ran.append, 0))
        for position in range(1, 5):
            assert [one.position for one in executor.wait()] == [position - 1]
            executor.submit(position, partial(ran.append, position))
        assert _run_all(executor) == {4: None}
        executor.close()
        assert ran == [0, 1, 2, 3, 4]

    def test_the_error_of_a_task_is_returned(self, executor: Executor) -> None:
        """It is not raised, and the other tasks run."""
        ran: list[int] = []
        executor.submit(0, _fail)
        executor.submit(1, partial(ran.append, 1))
        ended = _run_all(executor)
        executor.close()
        assert ended.keys() == {0, 1}
        assert isinstance(ended[0], ValueError)
        assert ended[1] is None
        assert ran == [1]

    def test_closing_ends_all_tasks(self, executor: Executor) -> None:
        """Tasks that have started are finished; the others are dropped."""
        steps: list[str] = []

        def run() -> None:
            steps.append("begun")
            steps.append("ended")

        for position in range(3):
            executor.submit(position, run)
        executor.close()
        before = list(steps)
        assert before.count("begun") == before.count("ended")
        executor.close()
        assert steps == before

    def test_it_runs_a_pipeline(self, executor: Executor) -> None:
        """Each node runs after those whose outputs it reads."""
        watch = _Watch()
        nodes = [
            node(sum, "doubled", "total"),
            node(_double, "numbers", "doubled"),
            node(len, "doubled", "count"),
            node(lambda total, count: total / count, ["total", "count"], "mean", name="mean"),
        ]
        plan = create_plan(pipeline(nodes), DataCatalog({"numbers": [1, 2, 3]}), Parameters({}))
        outputs = execute(plan, create_hooks([watch]), "run", executor)
        assert dict(outputs) == {"mean": 4.0}
        assert watch.ran[0] == "_double"
        assert sorted(watch.ran[1:3]) == ["len", "sum"]
        assert watch.ran[3] == "mean"

    def test_nodes_log_to_the_run(self, executor: Executor, tmp_path: Path) -> None:
        """The run is active in every node, in whichever thread that runs."""
        nodes = [node(partial(treadle.log_param, "a"), "value", "logged", name="log")]
        plan = create_plan(pipeline(nodes), DataCatalog({"value": 1}), Parameters({}))
        store = tmp_path / "runs.db"
        with treadle.start_run(store=store) as run:
            execute(plan, create_hooks(), run.id, executor)
        assert treadle.get_run(run.id, store=store).run.params == {"a": 1}

    def test_the_error_of_a_node_ends_the_run(self, executor: Executor) -> None:
        """The nodes after it do not run, and its error is that of the run."""
        watch = _Watch()
        nodes = [node(_fail_with, "numbers", "failed"), node(len, "failed", "count")]
        plan = create_plan(pipeline(nodes), DataCatalog({"numbers": [1]}), Parameters({}))
        with pytest.raises(NodeError, match="of the node") as caught:
            execute(plan, create_hooks([watch]), "run", executor)
        assert isinstance(caught.value.__cause__, ValueError)
        assert watch.ran == []


def _double(numbers: list[int]) -> list[int]:
    return [2 * number for number in numbers]


def _fail_with(numbers: list[int]) -> None:
    raise ValueError(f"of the node: {numbers}")


class _Watch:
    """Records which nodes have run, in order."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    @hook
    def after_node_run(self, node: Node) -> None:
        self.ran.append(node.name)
