"""What every store promises: one suite for SQLite, PostgreSQL, and a server over HTTP."""

import math
import random
from typing import Any

import msgspec
import pytest

from treadle.errors import (
    ConflictError,
    ExperimentNotFoundError,
    RunNotFoundError,
    SearchError,
    StoreError,
)
from treadle.records import (
    ArtifactLogged,
    DatasetUsed,
    ErrorRecord,
    ExperimentChange,
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
from treadle.store import (
    Search,
    Store,
    identify,
    locate_store,
    open_store,
    parse,
    parse_columns,
    parse_sort,
)
from treadle.store.sql.series.write import CHUNK_POINTS
from treadle.tracking import Run


def started(run="r1", name="one", at=100.0, experiment="e", **options):
    return RunStarted(
        run, experiment, name, at, "code", "python x.py", identify(), "ada", **options
    )


def test_it_fulfils_the_contract_of_a_store(opened):
    assert isinstance(opened, Store)


def test_everything_comes_back_as_it_was_logged(opened):
    error = ErrorRecord("ValueError", "no", "trace")
    entries = [
        started(),
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
    assert opened.apply("w", 1, entries) == len(entries)
    details = opened.get_run("r1")
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


def test_names_that_no_index_takes_are_cut(opened):
    long = "".join(chr(place) for place in range(300, 8300))  # of which nothing is the same
    opened.apply(
        "w", 1, [RunStarted("r1", long, long, 1.0, "code", "", identify(), user=long, parent=long)]
    )
    run = opened.get_run("r1").run
    assert (run.experiment, run.name, run.user, run.parent) == (
        long[:500],
        long[:500],
        long[:500],
        long[:500],
    )


def test_entries_are_applied_once_however_often_they_are_sent(opened):
    entries = [started(), *(MetricLogged("r1", "m", n, float(n), float(n)) for n in range(10))]
    assert opened.apply("w", 1, entries[:5]) == 5
    assert opened.apply("w", 1, entries[:5]) == 5
    assert opened.apply("w", 3, entries[2:]) == 11
    assert opened.apply("w", 1, entries) == 11
    assert [point.step for point in opened.points("r1", "m")] == list(range(10))
    with pytest.raises(StoreError, match="Entries 12 to 13 of writer w are missing"):
        opened.apply("w", 14, entries[:1])


def test_points_are_kept_exactly(opened):
    values = [1.0, math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308, 0.1]
    steps = [0, 0, 5, 3, -7, 2**63 - 1, -(2**63), 0]
    rounds = 2 * CHUNK_POINTS // len(values) + 3
    entries = [started()]
    for number in range(rounds):
        entries += [
            MetricLogged("r1", "m", s, number + 0.5, v) for s, v in zip(steps, values, strict=True)
        ]
    at = 1
    for begin in range(0, len(entries), 700):
        batch = entries[begin : begin + 700]
        at = opened.apply("w", at, batch) + 1
    points = opened.points("r1", "m")
    assert [p.step for p in points] == steps * rounds
    assert [repr(p.value) for p in points] == [repr(v) for v in values] * rounds
    assert points[-1].time == rounds - 0.5
    (summary,) = opened.get_run("r1").metrics
    assert (summary.last, summary.last_step, summary.min, summary.max) == (
        5e-324,
        2**63 - 1,
        -math.inf,
        math.inf,
    )
    assert (summary.count, summary.nan_count) == (8 * rounds, rounds)


@pytest.mark.parametrize("steps", [None, (2000, 9000), (-5, 3)])
@pytest.mark.parametrize("buckets", [1, 7, 50, 400])
def test_an_outline_has_the_extremes(opened, buckets, steps):
    noise = random.Random(4)
    values = [noise.gauss(0, 1) for _ in range(3 * CHUNK_POINTS + 77)]
    values[5000], values[7000], values[100] = 99.0, -99.0, math.nan
    opened.apply(
        "w", 1, [started(), *(MetricLogged("r1", "m", s, 1.0, v) for s, v in enumerate(values))]
    )
    found = opened.outline("r1", "m", buckets, steps)
    first, last = steps or (0, len(values) - 1)
    wanted = [(s, v) for s, v in enumerate(values) if first <= s <= last and not math.isnan(v)]
    assert len(found) <= 4 * buckets
    assert {point.step for point in found} <= set(range(len(values)))
    assert all(repr(values[point.step]) == repr(point.value) for point in found)
    assert max(point.value for point in found if point.value == point.value) == max(
        v for _, v in wanted
    )
    assert min(point.value for point in found if point.value == point.value) == min(
        v for _, v in wanted
    )
    assert [point.step for point in found] == sorted(point.step for point in found)


def test_an_outline_of_little_is_all_of_it(opened):
    opened.apply(
        "w", 1, [started(), *(MetricLogged("r1", "m", s, 1.0, float(s)) for s in range(30))]
    )
    assert opened.outline("r1", "m", 100) == opened.points("r1", "m")
    assert opened.outline("r1", "nothing", 100) == []


def test_a_series_of_nan_has_no_extremes(opened):
    opened.apply("w", 1, [started(), MetricLogged("r1", "m", 0, 0.0, math.nan)])
    opened.apply("w", 3, [MetricLogged("r1", "m", 1, 0.0, math.nan)])
    (summary,) = opened.get_run("r1").metrics
    assert (summary.min, summary.max, summary.mean, summary.count, summary.nan_count) == (
        None,
        None,
        None,
        2,
        2,
    )
    assert math.isnan(summary.last)
    opened.apply("w", 4, [MetricLogged("r1", "m", 2, 0.0, 3.0)])
    (summary,) = opened.get_run("r1").metrics
    assert (summary.min, summary.max, summary.mean, summary.last) == (3.0, 3.0, 3.0, 3.0)


def test_a_forked_writer_may_come_first(opened):
    opened.apply("child", 1, [MetricLogged("r1", "m", 0, 1.0, 1.0)])
    assert opened.get_run("r1").run.status == "running"
    opened.apply("parent", 1, [started(), RunEnded("r1", "finished", 200.0)])
    opened.apply("child", 2, [MetricLogged("r1", "m", 1, 300.0, 2.0)])
    run = opened.get_run("r1").run
    assert (run.name, run.status, run.started, run.metrics) == (
        "one",
        "finished",
        100.0,
        {"m": 2.0},
    )


@pytest.fixture
def several(opened):
    rows: list[tuple[str, str, Any, Any, Any, Any]] = [
        (
            "aa1",
            "alpha",
            "finished",
            {"lr": 0.1, "depth": 3, "kind": "ridge"},
            {"r2": 0.9},
            {"stage": "dev"},
        ),
        (
            "aa2",
            "beta",
            "failed",
            {"lr": 0.01, "depth": 10, "kind": "lasso"},
            {"r2": 0.5},
            {"stage": "test"},
        ),
        ("bb3", "Alpha_2", "finished", {"lr": "0.5", "depth": 4, "on": True}, {"r2": math.nan}, {}),
        ("cc4", "delta*", "running", {}, {}, {"stage": "dev"}),
    ]
    for at, (run, name, status, params, metrics, tags) in enumerate(rows):
        entries = [started(run, name, 100.0 + at), ParamsLogged(run, params), TagsSet(run, tags)]
        entries += [MetricLogged(run, key, 0, 1.0, value) for key, value in metrics.items()]
        if metrics.get("r2") == 0.9:
            entries.append(MetricLogged(run, "r2", 1, 2.0, 0.7))
        if status != "running":
            entries.append(RunEnded(run, status, 110.0 + 2 * at))
        opened.apply(f"w{at}", 1, entries)
    return opened


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("metrics.r2 > 0.6", ["aa1"]),
        ("max(metrics.r2) >= 0.9", ["aa1"]),
        ("count(metrics.r2) = 2", ["aa1"]),
        ("mean(metrics.r2) < 0.81", ["aa1", "aa2"]),
        ("metrics.r2 is null", ["cc4"]),
        ("metrics.r2 is not null", ["aa1", "aa2", "bb3"]),
        ("params.depth > 3", ["aa2", "bb3"]),
        ("params.depth in (3, 10)", ["aa1", "aa2"]),
        ("params.lr = 0.5", ["bb3"]),
        ("params.kind = 'ridge'", ["aa1"]),
        ("params.kind != 'ridge'", ["aa2"]),
        ("not params.kind = 'ridge'", ["aa2", "bb3", "cc4"]),
        ("params.on = true", ["bb3"]),
        ("tags.stage in ('dev', 'x')", ["aa1", "cc4"]),
        ("tags.stage = 'dev' and status = 'finished' or name = 'beta'", ["aa1", "aa2"]),
        ("name like 'a%'", ["aa1"]),
        ("name ilike 'a%'", ["aa1", "bb3"]),
        ("name like '%*'", ["cc4"]),
        ("name ilike 'alpha\\_2'", ["bb3"]),
        ("name like '_eta'", ["aa2"]),
        ("name not like 'a%'", ["aa2", "bb3", "cc4"]),
        ("started > 101.5", ["bb3", "cc4"]),
        ("duration > 10.5", ["aa2", "bb3"]),
        ("ended is null", ["cc4"]),
        ("experiment = 'e' and user = 'ada'", ["aa1", "aa2", "bb3", "cc4"]),
        ("experiment = 'other'", []),
        ('name = "x\' OR 1=1 --"', []),
    ],
)
def test_search(several, where, expected):
    found = several.find_runs(Search(where=parse(where), sort=parse_sort("id")))
    assert [run.id for run in found] == expected


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("-started", ["cc4", "bb3", "aa2", "aa1"]),
        ("metrics.r2", ["aa2", "aa1", "bb3", "cc4"]),
        ("-max(metrics.r2)", ["aa1", "aa2", "cc4", "bb3"]),
        ("params.depth", ["aa1", "bb3", "aa2", "cc4"]),
        ("-params.kind,id", ["aa1", "aa2", "bb3", "cc4"]),
        ("-tags.stage,-id", ["aa2", "cc4", "aa1", "bb3"]),
        ("-duration", ["bb3", "aa2", "aa1", "cc4"]),
    ],
)
def test_sort(several, sort, expected):
    assert [run.id for run in several.find_runs(Search(sort=parse_sort(sort)))] == expected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ("name", ({}, {}, {})),
        ("params.depth, metrics.r2", ({"depth": 3}, {"r2": 0.7}, {})),
        ("params.none, tags.stage, params.kind", ({"kind": "ridge"}, {}, {"stage": "dev"})),
    ],
)
def test_only_what_is_wanted_is_read(several, columns, expected):
    search = Search(where=parse("id = 'aa1'"), columns=parse_columns(columns))
    (run,) = several.find_runs(search)
    assert (run.params, run.metrics, run.tags) == expected
    assert run.name == "alpha"


def test_limit(several):
    assert [run.id for run in several.find_runs(Search(limit=2))] == ["cc4", "bb3"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [("aa1", "aa1"), ("bb", "bb3"), ("4", "cc4"), ("beta", "aa2"), ("latest", "cc4")],
)
def test_a_run_is_found_by_what_one_would_type(several, given, expected):
    assert several.get_run(given).run.id == expected


def test_a_name_is_meant_before_a_part_of_an_id(several):
    several.change_run("bb3", RunChange(name="cc"), 200.0)
    assert several.get_run("cc").run.id == "bb3"
    assert several.get_run("cc4").run.id == "cc4"


def test_a_name_means_a_run_that_is_not_in_the_bin(opened):
    opened.apply(
        "w",
        1,
        [started("r1", "same", 1.0), started("r2", "same", 2.0), started("r3", "other", 0.0)],
    )
    opened.change_run("r2", RunChange(deleted=True), 5.0)
    assert [opened.get_run(name).run.id for name in ("latest", "same", "r2")] == ["r1", "r1", "r2"]
    opened.change_run("r1", RunChange(deleted=True), 6.0)
    assert [opened.get_run(name).run.id for name in ("latest", "same")] == ["r3", "r2"]


@pytest.mark.parametrize(
    ("given", "message"),
    [("aa", "matches several runs: aa2, aa1"), ("%", "no run"), ("", "no run")],
)
def test_a_run_that_is_not_clear(several, given, message):
    with pytest.raises(RunNotFoundError, match=message):
        several.get_run(given)


def test_runs_of_dead_processes_are_reaped(opened):
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
        opened.apply(
            run,
            1,
            [
                RunStarted(run, "e", run, 100.0, "code", "", owner),
                NodeStarted(run, "n", 101.0),
                MetricLogged(run, "m", 0, 150.0, 1.0),
            ],
        )
    assert sorted(opened.reap()) == ["gone", "rebooted", "reused"]
    killed = opened.get_run("gone")
    assert (killed.run.status, killed.run.ended, killed.nodes[0].status) == (
        "killed",
        150.0,
        "killed",
    )
    assert opened.get_run("elsewhere").run.status == opened.get_run("alive").run.status == "running"
    assert opened.reap() == []


def test_runs_are_changed(several):
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


def experiments(store):
    return {
        one.experiment.name: (one.runs, one.newest, one.experiment.deleted is not None)
        for one in store.list_experiments()
    }


def test_experiments_are_listed_and_changed(opened):
    opened.apply(
        "w",
        1,
        [
            RunStarted("r1", "a", "one", 10.0, "code", "", identify()),
            RunStarted("r2", "a", "two", 30.0, "code", "", identify()),
            RunStarted("r3", "b", "three", 20.0, "code", "", identify()),
        ],
    )
    opened.change_run("r2", RunChange(deleted=True), 40.0)
    assert experiments(opened) == {
        "default": (0, None, False),
        "a": (1, 10.0, False),
        "b": (1, 20.0, False),
    }
    changed = opened.change_experiment(
        "a", ExperimentChange(name="new", tags={"k": "v", "old": ""}, untag=["old"]), 50.0
    )
    assert (changed.name, changed.tags) == ("new", {"k": "v"})
    assert opened.change_experiment(changed.id, ExperimentChange(), 51.0) == changed  # by its id
    assert opened.get_run("r1").run.experiment == "new"
    assert opened.change_experiment("new", ExperimentChange(deleted=True), 60.0).deleted is not None
    assert experiments(opened)["new"] == (2, 30.0, True)
    assert [run.id for run in opened.find_runs(Search())] == ["r3"]
    restored = opened.change_experiment("new", ExperimentChange(deleted=False, name="again"), 70.0)
    assert (restored.name, restored.deleted) == ("again", None)
    assert experiments(opened)["again"] == (2, 30.0, False)


def test_what_cannot_be_done_to_an_experiment(opened):
    opened.apply(
        "w",
        1,
        [
            RunStarted(f"r-{name}", name, name, 10.0, "code", "", identify())
            for name in ("a", "b", "bin")
        ],
    )
    opened.change_experiment("bin", ExperimentChange(deleted=True), 20.0)
    before = opened.list_experiments()
    for experiment, change, error, message in (
        ("nothing", ExperimentChange(name="x"), ExperimentNotFoundError, 'no experiment "nothing"'),
        (
            "a",
            ExperimentChange(name="b", tags={"k": "v"}),
            ConflictError,
            'an experiment "b" already',
        ),
        ("a", ExperimentChange(name="bin"), ConflictError, "already, which is deleted"),
        ("bin", ExperimentChange(name="x"), ConflictError, "is deleted"),
        (
            "default",
            ExperimentChange(deleted=True, tags={"k": "v"}),
            ConflictError,
            "runs that name none",
        ),
        ("a", ExperimentChange(name=" "), SearchError, "Invalid experiment name"),
        ("a", ExperimentChange(name="x\ny"), SearchError, "Invalid experiment name"),
        ("a", ExperimentChange(name="x" * 501), SearchError, "Invalid experiment name"),
    ):
        with pytest.raises(error, match=message):
            opened.change_experiment(experiment, change, 30.0)
    with pytest.raises(ConflictError, match="is deleted"):
        opened.change_run("r-a", RunChange(experiment="bin"), 30.0)
    assert opened.list_experiments() == before


def test_a_run_takes_its_experiment_out_of_the_bin(opened):
    """Whoever trains is not there to be asked."""
    opened.apply("w", 1, [RunStarted("r1", "a", "old", 10.0, "code", "", identify())])
    opened.change_experiment("a", ExperimentChange(deleted=True), 20.0)
    opened.apply("w", 2, [RunStarted("r2", "a", "new", 30.0, "code", "", identify())])
    assert experiments(opened)["a"] == (1, 30.0, False)
    assert [run.id for run in opened.find_runs(Search())] == ["r2"]
    assert [run.id for run in opened.find_runs(Search(lifecycle="deleted"))] == ["r1"]


@pytest.mark.parametrize(
    "address", ["sqlite", "postgresql"], indirect=True
)  # a client asks for as many as it wants
def test_pages_follow_each_other(several):
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
    with Run.start(location, name="one", experiment="e", kind="code") as run:
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


def test_pages_of_runs_follow_each_other(opened):
    opened.apply("w", 1, [started(f"r{number:02}", at=float(number % 5)) for number in range(25)])
    search = Search(sort=parse_sort("-started"), limit=7)
    pages = [opened.find_page(search)]
    while pages[-1].next:
        pages.append(opened.find_page(msgspec.structs.replace(search, after=pages[-1].next)))
    assert [len(page.runs) for page in pages] == [7, 7, 7, 4]
    assert [run for page in pages for run in page.runs] == opened.find_runs(
        msgspec.structs.replace(search, limit=99)
    )


def test_control_characters_in_names_of_a_journal_become_spaces(store):
    entry = RunStarted("r", "an\nexperiment", "\x1b[2Jname\0", 1.0, "code", "c", identify())
    store.apply("w", 1, [entry])
    run = store.get_run("r").run
    assert (run.name, run.experiment) == (" [2Jname ", "an experiment")
    with pytest.raises(SearchError, match="Invalid run name"):
        store.change_run("r", RunChange(name="a\nb"), 1.0)
