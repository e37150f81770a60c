"""The metrics of a run: charts, panels, table, live."""

import json
import math
import re

import pytest

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect


@pytest.fixture
def address(tmp_path):
    return str(tmp_path / "store.db")


@pytest.fixture
def trained(address, monkeypatch):
    """The id of a run with curves: long, odd, of the system, and with a hostile name."""
    import treadle

    monkeypatch.setenv("TREADLE_STORE", address)
    with treadle.start_run("trained", experiment="vision", system_metrics=False) as run:
        steps = range(20_000)
        losses = [math.exp(-step / 5_000) + 0.01 * math.sin(step) for step in steps]
        losses[12_345] = 7.0
        run.log_series("train/loss", losses, steps)
        run.log_series("val/loss", losses[::1000], steps[::1000])
        run.log_series("val/odd", [1, 2, math.nan, math.inf, 3], range(5))
        run.log_series("system/cpu", [10, 20, 30])
        run.log_series("<img src=x onerror=alert(1)>", [1, 2, 3])
        run.log_metric("best", 0.25)
    return run.id


def visit(page, served, run, query=""):
    page.goto(f"{served}/#/runs/{run}/metrics{query}")
    expect(page.get_by_role("searchbox", name="Search metrics")).to_be_visible()


def panel(page, title):
    return page.locator(".metric-panel").filter(has=page.get_by_role("heading", name=title))


def chart(page, title):
    return panel(page, title).get_by_role("application")


def drag(page, element, begin, end):
    box = element.locator(".u-over").bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + begin * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + (begin + end) / 2 * box["width"], y)
    page.mouse.move(box["x"] + end * box["width"], y)
    page.mouse.up()


def test_metrics_are_charts_in_sections_with_exact_extremes(trained, served, page):
    visit(page, served, trained)
    heads = page.locator(".section-head button")
    expect(heads).to_have_text([re.compile(name) for name in ("metrics", "train", "val", "system")])
    expect(heads.last).to_have_attribute("aria-expanded", "false")
    expect(chart(page, "loss").first).to_have_attribute("aria-label", re.compile("greatest 7"))
    expect(page.locator(".metric-value")).to_have_text(re.compile("best.*0.25"))
    expect(page.locator("img")).to_have_count(0)


def test_a_zoom_reads_finer_is_in_the_address_and_goes_back(trained, served, page):
    visit(page, served, trained, "?find=train")
    expect(chart(page, "loss")).to_have_attribute("aria-label", re.compile("0 to 19,999"))
    with page.expect_response("**/series/outlines") as answer:
        drag(page, chart(page, "loss"), 0.60, 0.63)
    steps = json.loads(answer.value.body())[0]["steps"]
    assert 500 < len(steps) == steps[-1] - steps[0] + 1  # each point
    expect(chart(page, "loss")).to_have_attribute("aria-label", re.compile(r" 1[12]\d+ to 12\d+"))
    page.reload()
    expect(chart(page, "loss")).to_have_attribute("aria-label", re.compile(r" 1[12]\d+ to 12\d+"))
    page.go_back()
    expect(chart(page, "loss")).to_have_attribute("aria-label", re.compile("0 to 19,999"))
    drag(page, chart(page, "loss"), 0.2, 0.5)
    expect(page).to_have_url(re.compile("zoom"))
    chart(page, "loss").locator(".u-over").dblclick()
    expect(chart(page, "loss")).to_have_attribute("aria-label", re.compile("0 to 19,999"))


def test_the_keyboard_reads_values_and_zooms(trained, served, page):
    visit(page, served, trained, "?find=odd")
    chart(page, "odd").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(chart(page, "odd").locator("[aria-live]")).to_have_text("val/odd, step 1: 2")
    page.keyboard.press("ArrowRight")
    expect(chart(page, "odd").locator("[aria-live]")).to_have_text("val/odd, step 2: NaN")
    page.keyboard.press("ArrowRight")
    expect(chart(page, "odd").locator("[aria-live]")).to_have_text("val/odd, step 3: ∞")
    page.keyboard.press("+")
    expect(page).to_have_url(re.compile("zoom"))
    page.keyboard.press("0")
    expect(page).not_to_have_url(re.compile("zoom"))


def test_settings_for_all_are_in_the_address_and_kept_for_the_next_run(trained, served, page):
    visit(page, served, trained)
    page.get_by_label("Smoothing", exact=True).select_option("ema")
    page.get_by_label("Along x").select_option("relative")
    page.get_by_role("checkbox", name="y").check()
    expect(page).to_have_url(re.compile("smooth=ema%3A0.6.*x=relative.*log=y"))
    expect(chart(page, "loss").first).to_have_attribute("aria-label", re.compile("time since"))
    page.goto(f"{served}/#/runs")
    visit(page, served, trained)
    expect(page).to_have_url(re.compile("smooth=ema%3A0.6"))
    expect(page.get_by_label("Along x")).to_have_value("relative")


def test_a_metric_is_drawn_over_another(trained, served, page):
    visit(page, served, trained, "?find=val+loss")
    page.get_by_label("Along x").select_option("metric")
    page.get_by_label("Metric along x").fill("train/loss")
    expect(page).to_have_url(re.compile("x=metric%3Atrain"))
    label = re.compile("by train/loss, 0.0[0-9]+ to 1[. ].*from 1 to 0.0")
    expect(chart(page, "loss")).to_have_attribute("aria-label", label)


def test_a_panel_takes_another_metric_by_dropping_and_gives_it_back(trained, served, page):
    visit(page, served, trained, "?find=loss")
    heads = page.locator(".chart-head h3")
    expect(heads).to_have_count(2)
    heads.nth(0).drag_to(page.locator(".metric-panel").nth(1))
    expect(page.locator(".metric-panel")).to_have_count(1)
    expect(page.locator(".legend button")).to_have_text(["val/loss", "train/loss"])
    page.locator(".legend button").first.click()
    expect(page.locator(".legend button").first).to_have_attribute("aria-pressed", "false")
    page.reload()
    expect(page.locator(".legend button")).to_have_count(2)
    page.locator(".metric-panel").hover()
    page.get_by_label("Metrics in this panel").click()
    page.get_by_role("checkbox", name="train/loss").uncheck()
    page.get_by_role("button", name="Draw 1 metric").click()
    expect(page.locator(".metric-panel")).to_have_count(2)
    page.go_back()
    expect(page.locator(".metric-panel")).to_have_count(1)


def test_the_table_sorts_and_draws_what_is_chosen(trained, served, page):
    visit(page, served, trained, "?look=table")
    page.get_by_role("columnheader", name="Max").get_by_role("button").click()
    rows = page.locator(".grid-row")
    expect(rows.nth(0)).to_contain_text("val/odd")
    expect(rows.nth(0)).to_contain_text("∞")
    rows.filter(has_text="train/loss").locator(".mark").click()
    rows.filter(has_text="val/loss").locator(".mark").click()
    page.get_by_role("button", name="Draw in one panel").click()
    expect(page.locator(".legend button")).to_have_count(2)


def test_all_points_are_saved_as_csv(trained, served, page):
    visit(page, served, trained, "?find=train")
    panel(page, "loss").hover()
    panel(page, "loss").get_by_label("Save this chart").click()
    with page.expect_download() as download:
        page.locator(".menu-item", has_text="All points").click()
    assert download.value.suggested_filename == "loss.csv"
    lines = download.value.path().read_text().splitlines()
    assert len(lines) == 20_001
    assert lines[12_346].startswith(f"{trained},train/loss,12345,")
    assert lines[12_346].endswith(",7")


def test_a_view_is_saved_for_the_team(trained, served, page):
    visit(page, served, trained, "?log=y")
    page.get_by_role("button", name="Views").click()
    page.get_by_label("Name of the view").fill("logarithms")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".menu-item", has_text="logarithms")).to_be_visible()
    page.get_by_label("Open first for everyone").click()
    expect(page.get_by_text("default", exact=True)).to_be_visible()
    page.evaluate("localStorage.clear()")
    page.goto(f"{served}/#/runs")
    visit(page, served, trained)
    expect(page.get_by_role("checkbox", name="y")).to_be_checked()


def test_a_live_run_grows_by_what_is_new(address, served, page, monkeypatch):
    import treadle

    monkeypatch.setenv("TREADLE_STORE", address)
    with treadle.start_run("live", system_metrics=False) as run:
        run.log_series("loss", [3.0, 2.0])
        run.flush()
        visit(page, served, run.id)
        expect(chart(page, "loss")).to_have_attribute("aria-label", re.compile("from 3 to 2,"))
        with page.expect_request("**/series/outlines") as asked:
            run.log_metric("loss", 1.0, step=2)
            run.flush()
        assert asked.value.post_data_json["first"] == 1
        expect(chart(page, "loss")).to_have_attribute("aria-label", re.compile("from 3 to 1,"))


def test_of_thousands_of_metrics_only_those_in_sight_are_read(address, served, page, monkeypatch):
    import treadle

    monkeypatch.setenv("TREADLE_STORE", address)
    with treadle.start_run("large", system_metrics=False) as run:
        for step in range(2):
            run.log_metrics(
                {f"block{at // 50:03}/layer{at % 50:02}": at for at in range(3_000)}, step=step
            )
    asked = []

    def note(request):
        if "outlines" in request.url:
            asked.append(len(request.post_data_json["series"]))

    page.on("request", note)
    visit(page, served, run.id)
    expect(chart(page, "layer00").first).to_be_visible()
    assert len(asked) == 1
    assert asked[0] < 30
    page.locator(".metric-rows").hover()
    page.mouse.wheel(0, 30_000)
    expect(page.locator(".section-head").first).not_to_contain_text("block000")
    expect(page.locator(".uplot").first).to_be_visible()
    assert page.locator(".uplot").count() < 40
    assert sum(asked) < 200
    page.get_by_role("searchbox", name="Search metrics").fill("059 layer49")
    expect(page.locator(".metric-panel")).to_have_count(1)
