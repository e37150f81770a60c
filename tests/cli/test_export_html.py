import base64
import json
import re
from pathlib import Path

import pytest
from tests.servers import serving

import treadle
from treadle.errors import ProjectError
from treadle.interop.html_page import TEMPLATE, write_page

HOSTILE = "</script><script>alert(1)</script><!--"

needs_page = pytest.mark.skipif(not TEMPLATE.is_file(), reason="the page is not built: make page")


@pytest.fixture
def runs():
    for name in ("first", "second"):
        with treadle.start_run(name) as run:
            run.log_params({"lr": 0.1, HOSTILE: HOSTILE})
            run.log_series("loss", [1 / step for step in range(1, 50)])
            run.log_metric("odd", float("nan"))
            run.log_text("small", "small.txt")
            run.log_text("long" * 500_000, "long.txt")
            print("printed")
    return run


def records(file):
    """The records of a file, and its text without them."""
    text = Path(file).read_text(encoding="utf-8")
    mark = '<script type="application/json" id="records">'
    before, _, rest = text.partition(mark)
    found, _, after = rest.partition("</script>")
    return json.loads(found), before + after


@needs_page
def test_a_run_is_one_file_with_all_that_the_store_has_of_it(runs, treadle):
    wrote = treadle("export", "html", "first")
    assert wrote.code == 0
    assert re.fullmatch(
        r"first\.html shows the run first, \d\.\d MB\. Open it in a browser\.\n", wrote.out
    )
    found, page = records("first.html")
    assert "<title>first · Treadle</title>" in page
    (run,) = found["runs"]
    assert run["details"]["run"]["params"] == {"lr": 0.1, HOSTILE: HOSTILE}
    assert run["details"]["run"]["metrics"]["odd"] == "NaN"
    assert [line["text"] for line in run["log"]] == ["printed"]
    (loss,) = (one for one in run["outlines"] if one["key"] == "loss")
    assert loss["values"] == [1 / step for step in range(1, 50)]
    assert base64.b64decode(run["files"]["small.txt"]) == b"small"
    assert base64.b64decode(run["files"]["long.txt"]) == b"long" * 500_000


@needs_page
def test_the_smallest_files_come_first_and_others_are_named(runs, treadle):
    wrote = treadle("export", "html", "first", "second", "--files", "1")
    assert wrote.code == 0
    assert "comparison.html shows 2 runs" in wrote.out
    assert "Without long.txt, long.txt, 4.0 MB in all: --files raises the limit." in wrote.out
    found, page = records("comparison.html")
    assert [run["details"]["run"]["name"] for run in found["runs"]] == ["first", "second"]
    assert all("small.txt" in run["files"] for run in found["runs"])
    assert not any("long.txt" in run["files"] for run in found["runs"])
    assert len(page) < 1_500_000
    assert Path("comparison.html").stat().st_size < len(page.encode()) + 100_000


@needs_page
def test_a_file_that_exists_is_replaced_only_if_asked(runs, treadle):
    Path("mine.html").write_text("mine")
    refused = treadle("export", "html", "first", "-o", "mine.html")
    assert refused.code != 0
    assert refused.err == (
        "Error: mine.html already exists.\n--force replaces it, -o names another file.\n"
    )
    assert Path("mine.html").read_text() == "mine"
    assert treadle("export", "html", "first", "-o", "mine.html", "--force").code == 0
    assert "first" in Path("mine.html").read_text(encoding="utf-8")


@needs_page
def test_names_of_files_are_safe(treadle):
    import treadle as tracking

    with tracking.start_run("../<b>lr=0.1 & more"):
        pass
    assert treadle("export", "html", "latest").code == 0
    assert [file.name for file in Path.cwd().glob("*.html")] == ["b-lr-0.1-more.html"]
    _, page = records("b-lr-0.1-more.html")
    assert "<title>../&lt;b&gt;lr=0.1 &amp; more · Treadle</title>" in page


@needs_page
def test_runs_of_a_server_are_the_same(runs, treadle, location):
    assert treadle("export", "html", "first", "-o", "local.html").code == 0
    with serving(str(location)) as address:
        wrote = treadle("export", "html", "first", "-o", "served.html", "--store", address)
    assert wrote.code == 0, wrote.err
    assert records("local.html")[0]["runs"] == records("served.html")[0]["runs"]


def test_a_run_that_does_not_exist_is_said(runs, treadle):
    refused = treadle("export", "html", "third")
    assert refused.code != 0
    assert list(Path.cwd().glob("*.html")) == []
    assert 'There is no run "third".' in refused.err


def test_a_page_that_is_not_built_is_said(runs, store, tmp_path):
    absent = tmp_path / "absent.html"
    with pytest.raises(ProjectError, match="make page"):
        write_page(store, ["first"], tmp_path / "a.html", most_bytes=0, template=absent)
