"""Comparisons of runs, as their users look at them."""

import math
import re

import pytest

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect


@pytest.fixture
def address(tmp_path):
    return str(tmp_path / "store.db")


@pytest.fixture
def runs(address, monkeypatch):
    """The ids of twelve runs, whose loss depends on their learning rate."""
    import treadle

    monkeypatch.setenv("TREADLE_STORE", address)
    ids = []
    for number in range(12):
        lr = 10 ** (-1 - number / 4)
        params = {"lr": lr, "batch": 64, "model": {"kind": "ab"[number % 2]}}
        with treadle.start_run(f"run-{number}", experiment="sweep", params=params) as run:
            steps = range(20)
            run.log_series("val/loss", [(1 + number) * math.exp(-step / 9) for step in steps])
            run.log_metric("acc", number / 12)
            ids.append(run.id)
    return ids


def line(page, key):
    """The row of a key in the table of keys."""
    return page.locator(".grid-row").filter(has=page.locator(".key-cell .key", has_text=key))


def values(page, key):
    """The values of a key, by run."""
    expect(line(page, key)).to_be_visible()
    return line(page, key).get_by_role("gridcell").all_inner_texts()[2:]


def link(served, runs, more=""):
    return f"{served}/#/compare?runs={','.join(runs)}{more}"


def test_differences_are_first_and_can_stand_alone(runs, served, page):
    page.goto(link(served, runs[:3]))
    expect(page.get_by_text("2 differ, 1 the same")).to_be_visible()
    keys = page.locator(".key-cell .key")
    assert keys.all_inner_texts()[:5] == ["lr", "model.kind", "batch", "acc", "val/loss"]
    page.get_by_role("button", name="Only differences").click()
    expect(keys.filter(has_text="batch")).to_have_count(0)
    assert "only=1" in page.url
    page.reload()
    expect(keys.filter(has_text="lr")).to_be_visible()
    expect(keys.filter(has_text="batch")).to_have_count(0)


def test_the_best_value_is_marked_and_a_click_turns_what_is_best(runs, served, page):
    page.goto(link(served, runs[:3]))
    assert values(page, "acc") == ["0", "0.083333", "0.16667"]
    expect(line(page, "acc").locator(".best")).to_have_text("0.16667")
    expect(line(page, "val/loss").locator(".best")).to_have_count(1)
    line(page, "acc").get_by_role("button", name="Higher is better; click to change").click()
    expect(line(page, "acc").locator(".best")).to_have_text("0")
    assert "reversed=metrics.acc" in page.url


def test_metrics_show_their_least_and_greatest_values(runs, served, page):
    page.goto(link(served, runs[:2]))
    expect(line(page, "val/loss")).to_contain_text("0.1211")
    page.get_by_label("Which value of metrics").select_option("Greatest values")
    expect(line(page, "val/loss").locator(".best")).to_have_text("1")
    assert values(page, "val/loss") == ["1", "2"]
    assert "summary=max" in page.url


def test_a_baseline_shows_differences_to_it(runs, served, page):
    page.goto(link(served, runs[:3]))
    page.get_by_role("button", name="Compare all with run-1", exact=True).click()
    expect(page.get_by_role("columnheader").nth(2)).to_contain_text("run-1")
    expect(line(page, "acc").locator(".delta")).to_have_text(["\u22120.0833", "+0.0833"])
    page.go_back()
    expect(line(page, "acc").locator(".delta")).to_have_count(0)


def test_runs_are_added_by_name_and_removed(runs, served, page):
    page.goto(link(served, runs[:2]))
    expect(page.get_by_role("columnheader")).to_have_count(4)
    page.get_by_role("button", name="Runs 2").click()
    page.get_by_label("Find runs to add").fill("run-7")
    page.locator(".menu-item").filter(has_text="run-7").click()
    expect(page.get_by_role("columnheader")).to_have_count(5)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Remove run-0", exact=True).click()
    expect(page.get_by_role("columnheader")).to_have_count(4)
    assert runs[7] in page.url
    assert runs[0] not in page.url


def test_all_runs_of_a_search_are_compared_and_sorted_as_rows(runs, served, page):
    page.goto(f'{served}/#/compare?where=params.model.kind = "a"&turned=1')
    names = page.locator(".run-mark a")
    expect(names).to_have_count(6)
    head = page.get_by_role("columnheader").filter(has_text="val/loss").get_by_role("button")
    head.click()
    expect(names).to_have_text([f"run-{number}" for number in (10, 8, 6, 4, 2, 0)])
    head.click()
    expect(names).to_have_text([f"run-{number}" for number in (0, 2, 4, 6, 8, 10)])


def test_curves_are_drawn_and_selected_metrics_become_curves(runs, served, page):
    page.goto(link(served, runs[:3]))
    line(page, "val/loss").locator(".mark").click()
    page.get_by_role("button", name="Curves of 1 metric").click()
    expect(page.locator(".uplot")).to_have_count(1)
    assert "curves=metrics.%22val%2Floss%22" in page.url
    expect(page.locator(".legend button")).to_have_count(3)
    page.get_by_role("button", name="no", exact=True).last.click()
    page.get_by_role("checkbox", name="model.kind").click()
    expect(page.locator(".legend button")).to_have_text(
        ["model.kind = a (2 runs)", "model.kind = b (1 run)"]
    )


def test_points_are_reached_by_keys_and_opened(runs, served, page):
    page.goto(link(served, runs, "&tab=scatter&x=metrics.acc&y=params.lr"))
    chart = page.locator(".drawing")
    expect(chart).to_have_attribute("aria-label", re.compile("12 points"))
    chart.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tip")).to_contain_text("run-0")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.get_by_text("1 run selected")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{served}/#/runs/{runs[1]}")


def test_dragging_selects_points_to_keep(runs, served, page):
    page.goto(link(served, runs, "&tab=scatter&x=metrics.acc&y=params.lr"))
    chart = page.locator(".drawing")
    expect(chart).to_have_attribute("aria-label", re.compile("12 points"))
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + box["height"] - 50, steps=4)
    page.mouse.up()
    expect(page.get_by_text("6 runs selected")).to_be_visible()
    page.get_by_role("button", name="Keep only these").click()
    expect(chart).to_have_attribute("aria-label", re.compile("6 points"))


def test_ranges_on_axes_are_in_the_address_and_by_keys(runs, served, page):
    page.goto(link(served, runs, "&tab=parallel&axes=params.lr,params.model.kind,metrics.acc"))
    chart = page.locator(".drawing")
    expect(chart).to_have_attribute("aria-label", "12 of 12 runs on 3 axes")
    head = page.locator(".axis-head").filter(has_text="acc")
    head.focus()
    page.keyboard.press("ArrowUp")
    expect(chart).to_have_attribute("aria-label", "6 of 12 runs on 3 axes")
    expect(page).to_have_url(re.compile("brush=metrics.acc"))
    page.reload()
    expect(chart).to_have_attribute("aria-label", "6 of 12 runs on 3 axes")
    page.locator(".axis-head").filter(has_text="acc").focus()
    page.keyboard.press("Alt+ArrowLeft")
    expect(page.locator(".axis-head")).to_have_text(["lr", "acc", "model.kind"])
    page.keyboard.press("Escape")
    expect(chart).to_have_attribute("aria-label", "12 of 12 runs on 3 axes")


@pytest.mark.parametrize("tab", ["box", "contour"])
def test_other_charts_are_drawn(runs, served, page, tab):
    page.goto(link(served, runs, f"&tab={tab}"))
    expect(page.locator(".drawing")).to_have_attribute("aria-label", re.compile("acc|val/loss"))
    drawn = """element => {
      const { data } = element.getContext("2d").getImageData(0, 0, element.width, element.height);
      return data.some((value) => value > 0);
    }"""
    assert page.locator(".drawing canvas").evaluate(drawn)


def test_importance_ranks_what_matters(runs, served, page):
    page.goto(link(served, runs, "&tab=importance&metric=metrics.acc"))
    expect(page.locator(".importance tbody th")).to_have_text(["lr", "model.kind"])
    expect(page.locator(".importance tbody tr").first).to_contain_text("\u22121.00")
    page.get_by_role("link", name="lr").click()
    expect(page.locator(".drawing")).to_have_attribute("aria-label", re.compile("acc by lr"))


def test_two_runs_are_explained_as_by_the_command(runs, served, page):
    page.goto(link(served, [runs[3], runs[1]]))
    page.get_by_role("link", name="What explains it").click()
    expect(page.get_by_text(f"treadle diff {runs[1]} {runs[3]}", exact=True)).to_be_visible()
    params = page.get_by_role("region", name="params").get_by_role("row")
    expect(params.nth(1)).to_have_text(re.compile("^lr"))
    expect(page.get_by_role("region", name="metrics")).to_contain_text("+200.00 %")
    page.goto(link(served, runs[:3]))
    expect(line(page, "acc")).to_be_visible()
    expect(page.get_by_role("link", name="What explains it")).to_have_count(0)


def test_images_stand_side_by_side_at_a_step(address, served, page, monkeypatch):
    np = pytest.importorskip("numpy")
    import treadle

    monkeypatch.setenv("TREADLE_STORE", address)
    ids = []
    for number in range(2):
        with treadle.start_run(f"paint-{number}") as run:
            for step in (0, 10):
                grey = np.full((8, 8), 20 * step + number, "uint8")
                run.log_image(grey, "samples", step)
            ids.append(run.id)
    page.goto(link(served, ids, "&tab=images"))
    images = page.locator("figure img")
    expect(images).to_have_count(2)
    expect(page.locator("figcaption").first).to_contain_text("step 10")
    page.get_by_label("step").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("figcaption").first).to_contain_text("step 0")
    loaded = images.first.evaluate("async (image) => { await image.decode(); return image.width }")
    assert loaded > 0
    assert "step=0" in page.url


def test_hostile_names_are_texts(address, served, page, monkeypatch):
    import treadle

    monkeypatch.setenv("TREADLE_STORE", address)
    ids = []
    attack = "<img src=x onerror=window.hit=1>"
    for number in range(3):
        with treadle.start_run(attack, params={attack: f"{attack}{number}"}) as run:
            run.log_metric(attack, number)
            ids.append(run.id)
    for tab in ("table", "curves", "scatter", "parallel", "box", "importance", "origins"):
        page.goto(link(served, ids, f"&tab={tab}"))
        expect(page.locator(".chip").first).to_contain_text(attack)
        expect(page.locator(".grid, .uplot, .drawing, .empty").first).to_be_visible()
        assert page.evaluate("window.hit") is None


def test_without_runs_it_says_what_to_do(runs, served, page):
    page.goto(f"{served}/#/compare")
    expect(page.get_by_role("heading", name="No runs to compare yet")).to_be_visible()
    page.goto(link(served, ["0" * 32, runs[0]]))
    expect(page.get_by_text("1 run of the address no longer is in this store")).to_be_visible()


def test_a_search_that_is_wrong_says_where(runs, served, page):
    page.goto(f"{served}/#/compare?where=metrics.acc ><1")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("button", name="Runs")).to_be_visible()
    page.context.problems.clear()  # the browser reports each response of 400


def test_values_of_running_runs_are_followed(address, served, page, monkeypatch):
    import treadle

    monkeypatch.setenv("TREADLE_STORE", address)
    with treadle.start_run("done") as run:
        run.log_metric("acc", 0.5)
    done = run.id
    with treadle.start_run("running") as run:
        run.log_metric("acc", 0.25, step=0)
        run.flush()
        page.goto(link(served, [done, run.id]))
        expect(line(page, "acc")).to_contain_text("0.25")
        run.log_metric("acc", 0.75, step=1)
        run.flush()
        expect(line(page, "acc")).to_contain_text("0.75")
    expect(page.locator(".line-runs")).not_to_contain_text("running")
