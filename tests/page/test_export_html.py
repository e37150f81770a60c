"""Exported pages, opened as files: without a server and without a network."""

import math
import re
from contextlib import closing

import pytest

import treadle
from treadle.interop.html_page import write_page
from treadle.store import open_store

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
HOSTILE = "</script><script>document.title='ran'</script><img src=x onerror=alert(1)><!--"


@pytest.fixture
def runs():
    for number, name in enumerate(("first", "second")):
        with treadle.start_run(name, experiment="vision/resnet") as run:
            run.log_params({"lr": 0.1 / (number + 1), HOSTILE: HOSTILE})
            run.log_series("val/loss", [math.exp(-step / 900) for step in range(5_000)])
            run.log_text("a,b\n1,2\n3,4\n", "table.csv")
            run.log_text(f"<h1>Report</h1>{HOSTILE}", "report.html")
            run.log_text("# A *note*", f"{HOSTILE.replace('/', '')}.md")
            run.log_dict({"data": [{"y": [1, 2]}], "layout": {}}, "figure.plotly.json")
            run.log_image(bytes.fromhex(PIXEL), "sample", step=3)
            print("it printed", HOSTILE)
    return ["first", "second"]


PIXEL = (
    "89504e470d0a1a0a0000000d494844520000000100000001080600000"
    "01f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@pytest.fixture
def opened(context, page, location, tmp_path):
    """Export runs, open the file, and see that nothing else is asked for."""
    asked = []
    page.on("request", lambda request: asked.append(request.url))

    def open_page(*names, most_bytes=10_000_000):
        file = tmp_path / "out" / "page.html"
        with closing(open_store(location)) as store:
            write_page(store, names, file, most_bytes=most_bytes)
        page.goto(file.as_uri())
        return page

    yield open_page
    assert [url for url in asked if not url.startswith("blob:")] == [page.url.partition("#")[0]]


def is_drawn(canvas):
    """Whether a canvas has a curve: many pixels of one strong colour."""
    return canvas.evaluate(
        """canvas => {
            const { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            let strong = 0;
            for (let at = 0; at < data.length; at += 4) {
                const [r, g, b, a] = data.slice(at, at + 4);
                if (a > 100 && Math.max(r, g, b) - Math.min(r, g, b) > 60) strong++;
            }
            return strong > 200;
        }"""
    )


def go(page, *path, **query):
    """Open another place of the page, as its links do."""
    parts = "&".join(f"{key}={value}" for key, value in query.items())
    page.evaluate("hash => { location.hash = hash }", f"#/{'/'.join(path)}?{parts}")


def test_a_run_opens_with_its_metrics_and_curves(runs, opened):
    page = opened("first")
    expect(page).to_have_title("first · Treadle")
    expect(page.locator("h1")).to_contain_text("first")
    expect(page.get_by_role("link", name="Models")).to_have_count(0)
    expect(page.locator(".bar .made")).to_contain_text(re.compile(r"^Exported 2\d{3}-"))
    page.get_by_role("link", name=re.compile("^Metrics")).click()
    canvas = page.locator(".chart canvas").first
    expect(canvas).to_be_visible()
    page.wait_for_function("() => document.querySelector('.chart canvas').width > 100")
    assert is_drawn(canvas)


def test_the_parts_of_a_run_are_there_and_hostile_texts_do_nothing(runs, opened):
    page = opened("first")
    page.get_by_role("link", name=re.compile("^Params")).click()
    expect(page.get_by_text(HOSTILE).first).to_be_visible()
    page.get_by_role("link", name="Output").click()
    expect(page.get_by_text("it printed")).to_be_visible()
    page.get_by_role("searchbox", name=re.compile("output", re.I)).or_(
        page.get_by_placeholder("Search the output")
    ).first.fill("nothing of it")
    expect(page.get_by_text("it printed")).to_have_count(0)
    page.get_by_role("link", name="Environment").click()
    expect(page.get_by_text("CPython")).to_be_visible()
    expect(page).to_have_title("first · Treadle")


def test_files_are_shown_by_the_page_itself(runs, opened):
    page = opened("first")
    page.get_by_role("link", name=re.compile("^Artifacts")).click()
    run = page.url.partition("#/runs/")[2].partition("/")[0]
    go(page, "runs", run, "artifacts", file="table.csv")
    expect(page.get_by_text("2 rows, 2 columns")).to_be_visible()
    go(page, "runs", run, "artifacts", file="media/sample/3.png")
    page.wait_for_function("() => document.querySelector('main img')?.naturalWidth === 1")
    go(page, "runs", run, "artifacts", file="figure.plotly.json")
    expect(page.get_by_text("does not draw figures of Plotly")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "figure.plotly.json"


def test_a_page_of_a_run_is_shown_without_scripts(runs, opened, context):
    page = opened("first")
    run = page.url.partition("#/runs/")[2].partition("/")[0]
    go(page, "runs", run, "artifacts", file="report.html")
    expect(page.frame_locator("iframe").get_by_text("Report")).to_be_visible()
    expect(page.get_by_role("button", name="Run its scripts")).to_have_count(0)
    expect(page).to_have_title("first · Treadle")
    # The browser says of each script of the report that it does not run it, and loads no image.
    assert context.problems
    assert all("script" in text or "blob:" in text for text in context.problems)
    context.problems.clear()


def test_files_that_are_not_in_the_page_are_said(runs, opened, context):
    page = opened("first", most_bytes=0)
    run = page.url.partition("#/runs/")[2].partition("/")[0]
    go(page, "runs", run, "artifacts", file="table.csv")
    expect(page.get_by_text("table.csv is not in this page")).to_be_visible()
    expect(page.get_by_role("link", name="Download")).to_have_count(0)


def test_runs_are_compared(runs, opened):
    page = opened("first", "second")
    expect(page).to_have_title("first · second · Treadle")
    expect(page.get_by_text("0.05", exact=True)).to_be_visible()
    page.get_by_role("link", name="Scatter").click()
    expect(page.locator("canvas").first).to_be_visible()
    page.get_by_role("link", name="Runs", exact=True).click()
    expect(page.locator(".grid-row .run-name a")).to_have_text(["second", "first"])
    page.get_by_role("columnheader").filter(has_text="started").get_by_role("button").first.click()
    expect(page.locator(".grid-row .run-name a")).to_have_text(["first", "second"])
    page.locator(".grid-row .run-name a").first.click()
    expect(page.locator("h1")).to_contain_text("first")


def test_a_search_says_that_a_file_has_none(runs, opened):
    page = opened("first", "second")
    go(page, "runs", where="metrics.loss > 1")
    expect(page.get_by_text("An exported page has no search.").last).to_be_visible()
