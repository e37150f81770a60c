"""What was logged comes back."""

import json

import pytest
from click.testing import CliRunner

import treadle
from treadle.cli import cli
from treadle.errors import DataError, RunNotFoundError, StoreError

PICTURE = b"\x89PNG\r\n\x1a\n\x00"


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("TREADLE_STORE", str(tmp_path / "store.db"))
    monkeypatch.chdir(tmp_path)
    with treadle.start_run("plots") as run:
        treadle.log_dict({"r2": 0.5, "nan": [1, None]}, "report.json")
        treadle.log_dict({"a": [1]}, "deep/conf.yml")
        treadle.log_text("grüße\n", "deep/notes.md")
        run.log_bytes(PICTURE, "deep/plots/roc.png")
        run.log_bytes(b"{", "broken.json")
        yield run


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("report.json", {"r2": 0.5, "nan": [1, None]}),
        ("deep/conf.yml", {"a": [1]}),
        ("deep/notes.md", "grüße\n"),
        ("deep/plots/roc.png", PICTURE),
    ],
)
def test_an_artifact_is_loaded_by_its_ending_while_the_run_is_open(run, path, value):
    assert run.load_artifact(path) == value
    assert treadle.load_artifact(run.id[-8:], path) == value
    assert treadle.load_artifact("plots", path) == value


def test_what_is_not_there_is_named(run):
    with pytest.raises(
        StoreError, match='Run "latest" has no artifact reprot.json.\nDid you mean "report.json"'
    ):
        treadle.load_artifact("latest", "reprot.json")
    with pytest.raises(DataError, match=r"The artifact broken\.json cannot be loaded"):
        run.load_artifact("broken.json")
    with pytest.raises(RunNotFoundError):
        treadle.load_artifact("nothing", "report.json")


@pytest.mark.parametrize(
    ("path", "names"),
    [
        (
            "",
            ["broken.json", "deep/conf.yml", "deep/notes.md", "deep/plots/roc.png", "report.json"],
        ),
        ("deep/plots", ["deep/plots/roc.png"]),
        ("deep/", ["deep/conf.yml", "deep/notes.md", "deep/plots/roc.png"]),
        ("report.json", ["report.json"]),
    ],
)
def test_artifacts_are_downloaded_by_file_and_folder(run, tmp_path, path, names):
    here = tmp_path / "here"
    written = treadle.download_artifacts("latest", path, folder=here)
    assert sorted(file.relative_to(here).as_posix() for file in written) == names
    assert sorted(f.relative_to(here).as_posix() for f in here.rglob("*") if f.is_file()) == names


def test_the_command_line_lists_and_downloads(run, tmp_path):
    run.flush()
    listed = CliRunner().invoke(cli, ["runs", "artifacts", "latest", "--json"])
    assert [artifact["path"] for artifact in json.loads(listed.output)][:2] == [
        "broken.json",
        "deep/conf.yml",
    ]
    assert "deep/plots/roc.png" in CliRunner().invoke(cli, ["runs", "artifacts"]).output
    done = CliRunner().invoke(cli, ["runs", "download", "plots", "deep/plots/roc.png", "--to", "x"])
    assert done.output == "x/deep/plots/roc.png\n"
    assert (tmp_path / "x/deep/plots/roc.png").read_bytes() == PICTURE


def test_a_run_is_found_as_soon_as_it_is_started(run):
    run.log_metric("loss", 0.25)
    assert [point.value for point in treadle.metric_history(run.id, "loss")] == [0.25]
    assert treadle.get_run(run.id).run.status == "running"


@pytest.mark.parametrize(
    "path", [".git/config", "a/.GIT/hooks/post-checkout", ".treadle/treadle.db", ".git./config"]
)
def test_no_artifact_is_downloaded_into_what_git_or_treadle_read(run, tmp_path, path):
    run.log_bytes(b"[core]\nfsmonitor = evil\n", path)
    with pytest.raises(StoreError, match="is not downloaded: it would be written into"):
        treadle.download_artifacts("latest", path, folder=tmp_path / "here")
    assert not (tmp_path / "here" / path).exists()
    assert run.load_artifact(path).startswith(b"[core]")


def test_no_artifact_is_downloaded_through_a_link_out_of_the_folder(run, tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "here").mkdir()
    (tmp_path / "here/deep").symlink_to(tmp_path / "outside")
    with pytest.raises(StoreError, match="a link leads out of"):
        treadle.download_artifacts("latest", "deep/plots", folder=tmp_path / "here")
    assert list((tmp_path / "outside").iterdir()) == []
    (tmp_path / "here/report.json").symlink_to(tmp_path / "outside/report.json")
    treadle.download_artifacts(
        "latest", "report.json", folder=tmp_path / "here"
    )  # replaces the link
    assert list((tmp_path / "outside").iterdir()) == []
    assert not (tmp_path / "here/report.json").is_symlink()
