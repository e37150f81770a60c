"""What screen readers and people with weak sight would stumble over, in every page."""

from pathlib import Path

import pytest
from tests.page.samples import log_sweep, register_model, run_pipeline
from tests.servers import serving

pytestmark = pytest.mark.long

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

AXE = Path(__file__).parents[2] / "ui/node_modules/axe-core/axe.min.js"
FIND = """async (rules) => {
  const runOnly = rules ? { runOnly: rules } : {};
  const found = await axe.run(document, { resultTypes: ["violations"], ...runOnly });
  return found.violations.map(({ id, help, nodes }) => ({
    id,
    help,
    at: nodes.slice(0, 5).map((one) => `${one.html.slice(0, 200)} ${one.any[0]?.message ?? ""}`),
  }));
}"""
TABLE = ".grid-row .run-name a"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return run_pipeline(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def ids(store):
    return log_sweep(store)


@pytest.fixture(scope="module")
def served(store, ids):
    with serving(store) as address:
        register_model(address, ids[0])
        yield address


@pytest.fixture
def page(context):
    """A tab in which nothing moves, and that can tell its violations."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: make page")
    found = context.new_page()
    found.emulate_media(reduced_motion="reduce")
    return found


def check(page):
    """Fail if a page has violations now, light or dark."""
    page.wait_for_load_state("networkidle")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(FIND, None)
    page.emulate_media(color_scheme="dark")
    found += page.evaluate(FIND, ["color-contrast", "link-in-text-block"])
    page.emulate_media(color_scheme="light")
    assert not found, "\n".join(
        "\n    ".join([f"{one['id']}: {one['help']}", *one["at"]]) for one in found
    )


def open_popovers(page, scope=""):
    """Open each panel below a button, one after another."""
    buttons = page.locator(f"{scope} .popover > button[aria-haspopup=dialog]:visible")
    for at in range(buttons.count()):
        buttons.nth(at).click()
        expect(page.locator(".panel[role=dialog]")).to_be_visible()
        check(page)
        page.keyboard.press("Escape")


def test_the_table_of_runs(served, page):
    page.goto(f"{served}/#/runs")
    expect(page.locator(TABLE).first).to_be_visible()
    check(page)
    open_popovers(page)


def test_selected_runs_and_a_baseline(served, page, ids):
    page.goto(f"{served}/#/runs?baseline={ids[0]}&heat=metrics.acc&tree=1")
    page.locator(".grid-row .mark").nth(1).click()
    page.locator(".grid-row .mark").nth(3).click(modifiers=["Shift"])
    expect(page.get_by_role("toolbar", name="Selected runs")).to_be_visible()
    check(page)
    open_popovers(page, "[role=toolbar]")


def test_groups_of_runs_and_the_menu_of_a_column(served, page):
    page.goto(f"{served}/#/runs?group=params.model.kind")
    expect(page.locator(".grid-row").first).to_be_visible()
    check(page)
    page.goto(f"{served}/#/runs?columns=name%2C+metrics.acc%2C+curve%28metrics.%22val/loss%22%29")
    head = page.get_by_role("columnheader").filter(has_text="acc").get_by_role("button")
    head.click(button="right")
    expect(page.get_by_role("checkbox").first).to_be_visible()
    check(page)


def test_a_search_with_proposals_and_with_an_error(served, page):
    page.goto(f"{served}/#/runs")
    box = page.get_by_role("combobox", name="Search runs")
    box.press_sequentially("metrics.va")
    expect(page.get_by_role("option").first).to_be_visible()
    check(page)
    box.fill("metrics.acc >")
    box.press("Enter")
    expect(page.locator(".search-error")).to_be_visible()
    check(page)
    page.context.problems.clear()  # the browser reports each response of 400


TABS = (
    "",
    "/metrics",
    "/params",
    "/artifacts",
    "/nodes",
    "/data",
    "/output",
    "/code",
    "/environment",
)
TRACKED = [("run-2", tab) for tab in TABS[:4]]


@pytest.mark.parametrize(
    ("name", "tab"), [*(("failing", tab) for tab in TABS), ("first", "/nodes"), *TRACKED]
)
def test_a_run(served, page, name, tab):
    page.goto(f"{served}/#/runs/{name}{tab}")
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    check(page)


def test_the_panels_of_a_run(served, page):
    page.goto(f"{served}/#/runs/run-2")
    expect(page.get_by_role("heading", level=1)).to_contain_text("run-2")
    open_popovers(page)
    page.goto(f"{served}/#/runs/run-2/metrics")
    expect(page.get_by_role("application").first).to_be_visible()
    open_popovers(page)
    page.goto(f"{served}/#/runs/failing/nodes?node=measure")
    expect(page.get_by_role("complementary", name="Node measure")).to_be_visible()
    check(page)


@pytest.mark.parametrize("file", ["code/train.py", "houses.csv", "note.md", "report.json"])
def test_a_file(served, page, file):
    page.goto(f"{served}/#/runs/run-2/artifacts?file={file}")
    expect(page.get_by_role("heading", name=file, exact=True)).to_be_visible()
    check(page)


def test_what_was_logged_by_step(served, page):
    page.goto(f"{served}/#/runs/run-2/artifacts")
    page.get_by_role("button", name="By step").click()
    expect(page.locator(".media-card img")).to_be_visible()
    check(page)


@pytest.mark.parametrize(
    "tab",
    [
        "table",
        "table&turned=1",
        "curves&curves=metrics.acc,metrics.%22val/loss%22",
        "scatter",
        "parallel",
        "box",
        "contour",
        "importance",
        "images",
        "origins",
        "explain",
    ],
)
def test_a_comparison(served, page, ids, tab):
    runs = ids[:2] if tab == "explain" else ids
    page.goto(f"{served}/#/compare?runs={','.join(runs)}&tab={tab}")
    expect(page.locator(".chip").first).to_be_visible()
    check(page)
    open_popovers(page)


@pytest.mark.parametrize("path", ["models", "models/prices", "models/prices/1"])
def test_models(served, page, path):
    page.goto(f"{served}/#/{path}")
    expect(page.get_by_text("prices").first).to_be_visible()
    check(page)


def test_the_palette_and_the_keys(served, page):
    page.goto(f"{served}/#/runs")
    expect(page.locator(TABLE).first).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("run")
    expect(page.get_by_role("option").first).to_be_visible()
    check(page)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    check(page)


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("empty") / "store.db") as address:
        yield address


@pytest.mark.parametrize("path", ["runs", "compare", "models", "nowhere"])
def test_pages_without_data(empty, page, path):
    page.goto(f"{empty}/#/{path}")
    expect(page.locator("main, .empty").first).to_be_visible()
    check(page)


def test_a_run_that_is_not_there(empty, page):
    page.goto(f"{empty}/#/runs/missing")
    expect(page.get_by_role("alert")).to_be_visible()
    check(page)
    page.context.problems.clear()  # the browser reports each response of 404
