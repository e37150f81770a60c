"""Figures of matplotlib: one is a file, several are a folder."""

import pytest
from matplotlib.figure import Figure

import treadle
from treadle import DataCatalog, node, pipeline
from treadle.errors import CatalogError, DataError


@pytest.fixture
def make(tmp_path):
    def create(**options):
        entry = {"type": "matplotlib.MatplotlibWriter", "filepath": "plots", **options}
        return DataCatalog({"x": entry}, root=tmp_path)["x"]

    return create


def figures(*names):
    drawn = {}
    for name in names:
        drawn[name] = Figure()
        drawn[name].subplots().plot([1, 2])
    return drawn


def files(folder):
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


@pytest.mark.parametrize(
    "name", ["matplotlib.MatplotlibWriter", "kedro_datasets.matplotlib.MatplotlibDataset"]
)
def test_several_figures_have_the_names_of_kedro(tmp_path, name):
    catalog = DataCatalog({"x": {"type": name, "filepath": "plots"}}, root=tmp_path)
    catalog.save("x", figures("red.png", "sub/blue.svg"))
    assert files(tmp_path / "plots") == ["red.png", "sub/blue.svg"]
    catalog.save("x", list(figures("a", "b").values()))
    assert files(tmp_path / "plots") == ["0.png", "1.png", "red.png", "sub/blue.svg"]
    again = {"type": name, "filepath": "plots", "overwrite": True}
    DataCatalog({"x": again}, root=tmp_path).save("x", figures("new.png"))
    assert files(tmp_path / "plots") == ["new.png"]


def test_several_figures_are_loaded_one_by_one(make):
    plots = make()
    plots.save(figures("a.png", "b.pdf"))
    assert plots.exists()
    loaded = plots.load()
    assert loaded["a.png"]().size == (640, 480)
    with pytest.raises(DataError, match="saved as pdf cannot be loaded"):
        loaded["b.pdf"]()
    assert plots.describe(content=True).digest


def test_several_figures_are_committed_together(make, tmp_path):
    plots = make(overwrite=True)
    plots.save(figures("a.png"))
    before = plots.digest()
    with pytest.raises(DataError, match=r"int is not a figure(?s:.*)dict or list"):
        plots.save({**figures("b.png"), "c.png": 5})
    assert plots.digest() == before
    assert files(tmp_path / "plots") == ["a.png"]


def test_versions_of_several_figures(make, tmp_path):
    plots = make(versioned=True)
    plots.save(figures("a.png"))
    plots.save(figures("b.png", "c.png"))
    first, second = plots.versions()
    assert files(tmp_path / f"plots/{second}/plots") == ["b.png", "c.png"]
    assert list(plots.load()) == ["b.png", "c.png"]
    third = plots.restore_version(first)
    assert files(tmp_path / f"plots/{third}/plots") == ["a.png"]
    with pytest.raises(CatalogError, match="versioned, and says overwrite"):
        make(versioned=True, overwrite=True)


def test_a_file_is_not_replaced_by_a_folder(make, tmp_path):
    plots = make(filepath="x.png")
    plots.save(figures("a")["a"])
    with pytest.raises(DataError, match="is a file, where a folder of 1 figures"):
        plots.save(figures("a.png"))
    assert (tmp_path / "x.png").is_file()


def test_a_format_that_differs_from_the_ending_is_said_on_loading(make):
    plots = make(filepath="x.png", save_args={"format": "pdf"})
    plots.save(figures("a")["a"])
    with pytest.raises(DataError, match="saved as pdf cannot be loaded again"):
        plots.load()
    many = make(filepath="many", save_args={"format": "pdf"})
    many.save(list(figures("a").values()))
    assert list(many.load()) == ["0.pdf"]


def test_several_figures_are_kept_with_the_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    catalog = {"plots": {"type": "matplotlib", "filepath": "plots"}}

    def draw(count):
        for _ in range(count):
            yield figures("a")["a"]

    run = treadle.run(
        pipeline([node(draw, "count", "plots")]), inputs={"count": 2}, catalog=catalog
    )
    kept = [artifact.path for artifact in treadle.get_run(run.id).artifacts]
    assert kept == ["figures/plots/0.png", "figures/plots/1.png"]


@pytest.mark.parametrize("engine", ["pandas", "polars", "pyarrow"])
def test_columns_that_make_a_folder_of_parquet_are_refused_at_once(tmp_path, engine):
    entry = {
        "type": "parquet",
        "filepath": "x.parquet",
        "engine": engine,
        "save_args": {"partition_cols": ["a"]},
    }
    with pytest.raises(CatalogError, match=r'"x".*partition_cols(?s:.*)type: partitioned'):
        DataCatalog({"x": entry}, root=tmp_path)["x"]
    inner = {key: value for key, value in entry.items() if key != "filepath"}
    parts = {"type": "partitioned", "path": "p", "dataset": inner}
    with pytest.raises(CatalogError, match="partition_cols"):
        DataCatalog({"x": parts}, root=tmp_path)["x"]
