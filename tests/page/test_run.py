"""The page of one run of a pipeline, as its users look at it."""

import os
import re
import subprocess
import sys

import pytest
from tests.projects import commit, write, write_project
from tests.servers import serving

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

NODES = """
import logging

from treadle import node, param, pipeline


def clean(raw):
    return [abs(value) for value in raw]


def measure(
    clean, weight: int = param("model.weight"), rate: float = param("model.deep.rate")
):
    logging.getLogger("measures").warning("measuring \\x1b[33m%d\\x1b[0m values", len(clean))
    print("the sum is", sum(clean))
    return {"sum": sum(clean) * weight, "count": len(clean)}


def create_pipeline():
    return pipeline([node(clean), node(measure, outputs="measured")])
"""
CATALOG = "raw: raw.json\nclean: clean.json\nmeasured: {type: metrics, filepath: measured.json}\n"


def run(folder, name, *arguments):
    """Run the pipeline, in a process of its own."""
    command = [sys.executable, "-m", "treadle", "run", "--name", name, *arguments]
    environment = {**os.environ, "TREADLE_STORE": str(folder / "runs.db")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    assert (done.returncode == 0) == (name != "failing"), done.stderr


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A run, one with other params, data and code, and one that fails."""
    folder = tmp_path_factory.mktemp("project")
    write_project(
        folder,
        NODES,
        {
            "conf/base/parameters.yml": "model: {weight: 2, deep: {rate: 0.1}}\n",
            "conf/base/catalog.yml": CATALOG,
            "raw.json": "[1, -2]",
            ".gitignore": "*.json\n*.db*\nartifacts/\n.treadle/\n__pycache__\n",
        },
    )
    commit(folder)
    run(folder, "first")
    code = folder / "src/small/pipelines/main.py"
    code.write_text(code.read_text().replace("abs(value)", "abs(value) + 1"))
    write(folder, {"raw.json": "[1, -2, 4]", "notes.txt": "to remember\n"})
    run(folder, "second", "--params", "model.weight=3")
    raised = 'raise ValueError("no <b>sum</b>")\n    return {"sum"'
    code.write_text(code.read_text().replace('return {"sum"', raised))
    run(folder, "failing")
    return folder


@pytest.fixture(scope="module")
def served(project):
    with serving(project / "runs.db") as found:
        yield found


@pytest.fixture
def at(served, page):
    """Open a part of a run."""

    def go(name, tab=""):
        page.goto(f"{served}/#/runs/{name}{tab}")
        expect(page.get_by_role("heading", level=1)).to_contain_text(name)
        return page

    return go


def test_an_error_comes_first_and_leads_to_its_node_and_its_output(at):
    page = at("failing")
    error = page.get_by_role("region", name="Error")
    expect(error).to_contain_text("ValueError no <b>sum</b>")
    error.get_by_text("Traceback", exact=True).click()
    expect(error.locator("pre")).to_contain_text("main.py")
    error.get_by_role("link", name="measure").click()
    panel = page.get_by_role("complementary", name="Node measure")
    expect(panel).to_contain_text("no <b>sum</b>")
    expect(panel).to_contain_text("the sum is")
    assert "/nodes?node=measure" in page.url
    page.go_back()
    error.get_by_role("link", name="Show it in the output").click()
    expect(page.get_by_role("log")).to_contain_text("the sum is")
    page.get_by_role("button", name="Commands").click()
    commands = page.get_by_role("dialog", name="Commands")
    expect(commands).to_contain_text("treadle resume")
    expect(commands).to_contain_text("treadle runs logs")


def test_what_differs_from_the_run_before_and_from_a_chosen_one(at):
    page = at("second")
    differs = page.get_by_role("region", name="What differs")
    expect(differs).to_contain_text("model.weight")
    expect(differs).to_contain_text("2 → 3")
    expect(differs.get_by_role("link", name=re.compile("code: uncommitted"))).to_be_visible()
    expect(differs.get_by_role("link", name="3 datasets")).to_be_visible()
    page = at("failing")
    expect(differs).to_contain_text("3 → 2")
    first = differs.get_by_role("option", name=re.compile("first"))
    differs.get_by_label("Run to compare with").select_option(first.get_attribute("value"))
    expect(differs).not_to_contain_text("model.weight")
    assert "baseline=" in page.url
    page.reload()
    expect(differs.get_by_label("Run to compare with")).not_to_have_value("")
    page.get_by_role("navigation", name="Parts of the run").get_by_text("Params").click()
    assert "baseline=" in page.url


def test_metrics_show_their_change(at):
    page = at("second")
    row = page.get_by_role("row").filter(has_text="sum")
    expect(row).to_contain_text("30")
    expect(row).to_contain_text("+24")
    row.get_by_role("link", name="sum").click()
    expect(page).to_have_url(re.compile("/metrics[?]find=sum"))


def test_params_are_a_tree_that_is_searched(at):
    page = at("second", "/params")
    table = page.get_by_role("table", name="Params")
    expect(table).to_contain_text("rate")
    table.get_by_role("button", name="model").click()
    expect(table).not_to_contain_text("rate")
    page.get_by_label("Find params").fill("weight")
    expect(table.locator(".row")).to_have_count(2)
    page.get_by_label("Find params").fill("")
    page.get_by_label("only what differs").check()
    expect(table).to_contain_text("weight")
    expect(table).not_to_contain_text("rate")
    assert "only=differing" in page.url


def test_a_node_is_chosen_in_the_address(at):
    page = at("second", "/nodes")
    table = page.get_by_role("table", name="Nodes")
    row = table.get_by_role("row").filter(has_text="clean")
    expect(row.first).to_contain_text("changed")
    row.first.click()
    panel = page.get_by_role("complementary", name="Node clean")
    expect(panel).to_contain_text("raw")
    page.reload()
    expect(panel).to_contain_text("small.pipelines.main.clean")
    page.get_by_role("button", name="Timeline").click()
    bars = page.get_by_role("table", name="Timeline of the nodes").locator(".time")
    expect(bars).to_have_count(2)
    page.get_by_role("button", name="Zoom in").click()
    assert "range=" in page.url
    page.get_by_role("button", name="Whole run").click()
    assert "range=" not in page.url
    page.get_by_role("table", name="Timeline of the nodes").press("+")
    assert "range=" in page.url
    page.keyboard.press("0")
    assert "range=" not in page.url
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("complementary", name="Node clean")).to_be_visible()


def test_a_dataset_shows_who_else_used_it(at):
    page = at("failing", "/data")
    page.get_by_role("table", name="Data").get_by_role("row").filter(has_text="raw").first.click()
    panel = page.get_by_role("complementary", name="Dataset raw")
    readers = panel.get_by_role("region", name="Other runs that read it")
    expect(readers).to_contain_text("second")
    expect(readers).not_to_contain_text("first")
    readers.get_by_role("link", name="second").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("second")


def test_the_output_has_colours_levels_and_a_search(at):
    page = at("second", "/output")
    log = page.get_by_role("log")
    expect(log).to_contain_text("the sum is 10")
    expect(log.locator(".ansi-3")).to_have_text("3")
    page.get_by_label("Lowest level").select_option("WARNING")
    expect(log.locator(".log-line")).to_have_count(1)
    page.get_by_label("Lowest level").select_option("")
    page.get_by_label("Search the output").fill("SUM")
    expect(log.locator("mark")).to_have_text("sum")
    assert "text=SUM" in page.url
    log.get_by_role("button").click()
    expect(log.locator(".target")).to_contain_text("the sum is 10")
    expect(log).to_contain_text("measuring")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert "measures: measuring 3 values" in download.value.path().read_text()


def test_the_code_is_shown_with_its_uncommitted_changes(at):
    page = at("second", "/code")
    diff = page.get_by_role("region", name="src/small/pipelines/main.py")
    expect(diff.locator("tr.added")).to_contain_text("abs(value) + 1")
    expect(diff.locator("tr.removed")).to_contain_text("abs(value) for")
    files = page.get_by_role("region", name="Untracked files")
    files.get_by_role("button", name="notes.txt").click()
    expect(files).to_contain_text("to remember")
    expect(page.get_by_role("tree", name="Configuration")).to_contain_text("weight")
    expect(page.get_by_role("tree", name="Request")).to_contain_text("model.weight=3")


def test_packages_are_searched(at):
    page = at("second", "/environment")
    page.get_by_label("Find packages").fill("msgspec")
    expect(page.get_by_role("table", name="Packages").locator(".row")).to_have_count(1)
    page.get_by_label("only what differs").check()
    expect(page.get_by_text("None of")).to_be_visible()
    page.get_by_label("Find packages").fill("")
    expect(page.get_by_role("heading", name=re.compile("The same"))).to_be_visible()
