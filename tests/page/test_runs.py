"""The table of runs, as its users look at it."""

import re

import pytest

from treadle.store import locate_store, open_store

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect


@pytest.fixture
def address(request, tmp_path):
    """A new store; the API has tests of its own on PostgreSQL, so that few are repeated here."""
    is_sqlite = getattr(request, "param", "sqlite") == "sqlite"
    return str(tmp_path / "store.db") if is_sqlite else request.getfixturevalue("postgres")


BOTH = pytest.mark.parametrize("address", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def runs(address, monkeypatch):
    """Twelve runs of two experiments, the last of which failed."""
    import treadle

    monkeypatch.setenv("TREADLE_STORE", address)
    for number in range(12):
        experiment = "vision/resnet" if number % 3 else "nlp/bert"
        try:
            with treadle.start_run(f"run-{number}", experiment=experiment) as run:
                run.log_params({"lr": 0.1 / (number + 1), "model": "ab"[number % 2]})
                for step in range(5):
                    run.log_metric("val/loss", 1 / (number + 1) + step / 100, step=step)
                run.log_metric("acc", number / 12)
                if number == 11:
                    raise ArithmeticError("it diverged")
        except ArithmeticError:
            pass
    return address


def names(page):
    """The names of the rows in view, in order."""
    rows = page.locator(".grid-row .run-name a")
    expect(rows.first).to_be_visible()
    return rows.all_inner_texts()


def column(page, title):
    return page.get_by_role("columnheader").filter(has_text=title).get_by_role("button")


@BOTH
def test_metrics_and_params_are_columns_at_once(runs, served, page):
    page.goto(served)
    assert names(page) == [f"run-{number}" for number in range(11, -1, -1)]
    heads = page.get_by_role("columnheader").all_inner_texts()
    assert [text.split()[-1] for text in heads if text.split()[0] in ("metric", "param")] == [
        "acc",
        "val/loss",
        "lr",
        "model",
    ]
    expect(page.get_by_text("12 runs", exact=True)).to_be_visible()
    expect(page.locator(".dot.failed")).to_have_count(1)


@BOTH
def test_sorting_is_in_the_address_and_goes_back(runs, served, page):
    page.goto(served)
    names(page)
    column(page, "acc").click()
    expect(page.locator(".grid-row .run-name a").first).to_have_text("run-11")
    column(page, "acc").click()
    expect(page.locator(".grid-row .run-name a").first).to_have_text("run-0")
    assert "sort=metrics.acc" in page.url
    page.reload()
    expect(page.locator(".grid-row .run-name a").first).to_have_text("run-0")
    page.go_back()
    expect(page.locator(".grid-row .run-name a").first).to_have_text("run-11")
    column(page, "model").click(modifiers=["Shift"])
    assert "sort=-metrics.acc%2C+-params.model" in page.url


def test_a_search_is_completed_and_its_errors_are_shown_at_their_place(runs, served, page):
    page.goto(served)
    names(page)
    box = page.get_by_role("combobox", name="Search runs")
    box.click()
    box.press_sequentially("metrics.va")
    page.get_by_role("option", name=re.compile("loss")).click()
    expect(box).to_have_value('metrics."val/loss" ')
    box.press_sequentially("< 0.2")
    box.press("Enter")
    expect(page.get_by_text("6 runs", exact=True)).to_be_visible()
    assert names(page) == ["run-11", "run-10", "run-9", "run-8", "run-7", "run-6"]
    box.fill("metrics.acc >")
    with page.expect_response(re.compile("runs/table")):
        box.press("Enter")
    alert = page.locator(".search-error")
    expect(alert).to_contain_text("a value is missing")
    expect(alert.locator("pre")).to_contain_text("^")
    page.context.problems.clear()  # the browser reports each response of 400
    page.get_by_role("button", name="Clear the search").click()
    expect(page.get_by_text("12 runs", exact=True)).to_be_visible()


def test_columns_are_found_by_typing_and_kept_in_the_address(runs, served, page):
    page.goto(f"{served}/#/runs?columns=name")
    names(page)
    page.get_by_role("button", name="Columns").click()
    page.get_by_label("Find columns").fill("loss")
    page.get_by_role("checkbox", name=re.compile("loss")).click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("columnheader").filter(has_text="val/loss")).to_be_visible()
    assert "columns=name%2C+metrics.%22val%2Floss%22" in page.url
    column(page, "val/loss").click(button="right")
    page.get_by_role("checkbox", name="Least value").click()
    expect(page.get_by_role("columnheader").filter(has_text="min")).to_be_visible()
    first = page.locator(".grid-row").first.get_by_role("gridcell").last
    expect(first).to_have_text("0.083333")


@BOTH
def test_groups_are_over_all_runs(runs, served, page):
    page.goto(f"{served}/#/runs?group=params.model")
    rows = page.locator(".grid-row")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("6")
    page.get_by_role("button", name="median").click()
    page.get_by_role("button", name="a", exact=True).click()
    expect(page.get_by_text("6 runs", exact=True)).to_be_visible()
    assert "where=params.model+%3D+%22a%22" in page.url


def test_experiments_are_a_tree(runs, served, page):
    page.goto(served)
    names(page)
    page.get_by_role("treeitem").filter(has_text="vision").get_by_role(
        "button", name="vision", exact=True
    ).click()
    expect(page.get_by_text("8 runs", exact=True)).to_be_visible()
    page.get_by_role("button", name="All runs").click()
    expect(page.get_by_text("12 runs", exact=True)).to_be_visible()


def test_selected_runs_are_tagged_deleted_and_restored(runs, served, page):
    page.goto(served)
    names(page)
    page.locator(".grid-row .mark").nth(0).click()
    page.locator(".grid-row .mark").nth(2).click(modifiers=["Shift"])
    bar = page.get_by_role("toolbar", name="Selected runs")
    expect(bar).to_contain_text("3 runs")
    bar.get_by_role("button", name="Tag").click()
    page.get_by_role("textbox", name="Tag").fill("stage=dev")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Tagged 3 runs")).to_be_visible()
    store = open_store(locate_store(runs))
    assert [one.tags.get("stage") for one in store.find_runs(search())][:4] == ["dev"] * 3 + [None]
    bar.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Deleted 3 runs")).to_be_visible()
    assert len(store.find_runs(search())) == 9
    page.get_by_role("button", name="Undo").last.click()
    expect(page.get_by_text("Undone: 3 runs")).to_be_visible()
    assert len(store.find_runs(search())) == 12
    store.close()


def search():
    from treadle.store import Search

    return Search()


def test_the_table_is_used_by_keyboard(runs, served, page):
    page.goto(served)
    names(page)
    page.get_by_role("grid").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.get_by_role("toolbar")).to_contain_text("2 runs")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+a")
    expect(page.get_by_role("toolbar")).to_contain_text("12 runs")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("#/runs/[0-9a-f]{32}"))


def test_a_new_run_appears_by_itself(runs, served, page):
    import treadle

    page.goto(served)
    names(page)
    with treadle.start_run("late") as run:
        run.log_metric("acc", 0.5)
    expect(page.get_by_text("13 runs", exact=True)).to_be_visible()
    expect(page.locator(".grid-row .run-name a").first).to_have_text("late")


def test_names_with_markup_are_text(address, served, page, monkeypatch):
    import treadle

    monkeypatch.setenv("TREADLE_STORE", address)
    name = "<img src=x onerror=document.title='hit'>"
    with treadle.start_run(name, experiment=f"a/{name.replace('/', '')}") as run:
        run.log_param(name, name)
        run.log_metric("m", 1.0)
        run.log_dict({"a": 1}, "x.json")
    page.goto(served)
    assert names(page) == [name]
    assert page.title() == "Treadle"


def test_an_empty_store_says_what_to_type(served, page):
    page.goto(served)
    expect(page.get_by_text("No runs yet")).to_be_visible()
    expect(page.get_by_text(f"TREADLE_STORE={served} python train.py")).to_be_visible()


def test_links_of_mlflows_clients_open_the_right_page(runs, served, page):
    store = open_store(locate_store(runs))
    (run,) = store.find_runs(search())[:1]
    store.close()
    page.goto(f"{served}/#/experiments/{run.experiment_id}/runs/{run.id}")
    page.wait_for_url(f"{served}/#/runs/{run.id}")
    page.goto(f"{served}/#/experiments/{run.experiment_id}")
    page.wait_for_url(f"{served}/#/runs?experiments={run.experiment_id}")
    page.goto(f"{served}/#/models/flights/versions/3")
    with page.expect_response(re.compile("api/v1/model")):
        page.wait_for_url(f"{served}/#/models/flights/3")
    expect(page.get_by_role("alert")).to_be_visible()  # there is no such model
    page.context.problems.clear()


def test_a_view_is_saved_and_opened_first_by_everyone(runs, served, page, context):
    page.goto(f"{served}/#/runs?columns=name%2C+metrics.acc&sort=metrics.acc")
    names(page)
    page.get_by_role("button", name="Views").click()
    page.get_by_label("Name of the view").fill("Accuracy")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved the view Accuracy")).to_be_visible()
    page.get_by_role("button", name="Open first for everyone").click()
    expect(page.get_by_text("Accuracy is the default now")).to_be_visible()
    other = context.new_page()
    other.goto(served)
    expect(other.get_by_role("columnheader").filter(has_text="acc")).to_have_attribute(
        "aria-sort", "ascending"
    )
    assert names(other)[0] == "run-0"


def test_a_baseline_shows_differences(runs, served, page):
    page.goto(f"{served}/#/runs?columns=name%2C+metrics.acc&sort=metrics.acc")
    names(page)
    page.locator(".grid-row .mark").nth(2).click()
    page.get_by_role("button", name="Baseline").click()
    cells = page.locator(".grid-row").nth(3).get_by_role("gridcell")
    expect(cells.last).to_have_text("0.25 +0.083333")
    assert re.search("baseline=[0-9a-f]{32}", page.url)


def test_children_are_below_their_parents(address, served, page, monkeypatch):
    import treadle

    monkeypatch.setenv("TREADLE_STORE", address)
    with treadle.start_run("sweep"):
        for number in range(3):
            with treadle.start_run(f"trial-{number}") as run:
                run.log_metric("acc", number)
    page.goto(served)
    names(page)
    page.get_by_role("button", name="Fold child runs below their parents").click()
    expect(page.locator(".grid-row")).to_have_count(1)
    page.get_by_role("button", name="Show child runs").click()
    expect(page.locator(".grid-row")).to_have_count(4)
    assert names(page) == ["sweep", "trial-0", "trial-1", "trial-2"]


def test_curves_and_heat_are_in_cells(runs, served, page):
    page.goto(
        f"{served}/#/runs?columns=name%2C+curve%28metrics.%22val%2Floss%22%29%2C+metrics.acc"
        "&heat=metrics.acc"
    )
    expect(page.locator(".sparkline polyline")).to_have_count(12)
    cell = page.locator(".grid-row").first.get_by_role("gridcell").last
    expect(cell).to_have_attribute("style", re.compile("background"))


@pytest.mark.parametrize("kind", ["CSV", "JSON", "Parquet"])
def test_runs_are_exported_as_they_are_shown(runs, served, page, tmp_path, kind):
    import pandas as pd

    page.goto(f"{served}/#/runs?columns=name%2C+metrics.acc%2C+params.model&sort=metrics.acc")
    names(page)
    page.get_by_role("button", name="Which runs").click()
    with page.expect_download() as found:
        page.locator(".menu-item", has_text=f"Export runs as {kind}").click()
    file = tmp_path / found.value.suggested_filename
    found.value.save_as(file)
    frame = getattr(pd, f"read_{kind.lower()}")(file)
    assert [*frame.columns] == ["id", "name", "metrics.acc", "params.model"]
    assert [*frame["name"]] == [f"run-{number}" for number in range(12)]
    assert [*frame["metrics.acc"]] == pytest.approx([number / 12 for number in range(12)])
    assert [*frame["params.model"]] == ["a", "b"] * 6


def test_undoing_a_move_gives_each_run_its_experiment(runs, served, page):
    page.goto(served)
    names(page)
    page.get_by_role("grid").focus()
    page.keyboard.press("Control+a")
    page.get_by_role("button", name="Move").click()
    page.get_by_label("Experiment to move to").fill("all")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Moved 12 runs")).to_be_visible()
    expect(page.get_by_role("treeitem", name="all 12")).to_be_visible()
    page.get_by_role("button", name="Undo").last.click()
    expect(page.get_by_text("Undone: 12 runs")).to_be_visible()
    store = open_store(locate_store(runs))
    assert {one.experiment for one in store.find_runs(search())} == {"nlp/bert", "vision/resnet"}
    store.close()


def test_everything_is_found_in_the_palette(runs, served, page):
    page.goto(served)
    names(page)
    page.keyboard.press("Control+k")
    page.keyboard.type("run-7")
    page.get_by_role("option").filter(has_text="run-7").click()
    page.wait_for_url(re.compile("#/runs/[0-9a-f]{32}"))
    page.keyboard.press("Control+k")
    page.keyboard.type("resnet")
    expect(page.get_by_role("option").filter(has_text="vision/resnet")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_text("8 runs", exact=True)).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()


def test_thousands_of_metric_keys_are_found_and_chosen(address, served, page, monkeypatch):
    """A list of 12,000 keys is what others' pages break down at."""
    import treadle

    monkeypatch.setenv("TREADLE_STORE", address)
    with treadle.start_run("wide") as run:
        run.log_metrics({f"layer{n // 100}/weight{n % 100}": float(n) for n in range(12_000)})
    page.goto(served)
    names(page)
    assert page.get_by_role("columnheader").count() < 30
    page.get_by_role("button", name="Columns").click()
    expect(page.get_by_text(re.compile("11,960 more keys"))).to_be_visible()
    assert page.locator(".chooser .menu-item").count() < 200
    page.get_by_label("Find columns").fill("layer77 weight42")
    page.get_by_role("checkbox").filter(has_text="layer77/weight42").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("columnheader").filter(has_text="layer77/weight42")).to_be_visible()
    expect(page.get_by_role("gridcell", name="7,742")).to_be_visible()


def test_a_narrow_window_can_be_used(runs, served, page):
    page.set_viewport_size({"width": 400, "height": 700})
    page.goto(served)
    names(page)
    expect(page.get_by_role("button", name="Show experiments")).to_be_visible()
    box = page.get_by_role("combobox", name="Search runs")
    box.fill("metrics.acc > 0.9")
    box.press("Enter")
    expect(page.locator(".grid-row")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_the_content_is_reached_without_the_bar(runs, served, page):
    page.goto(f"{served}/#/runs")
    names(page)
    page.keyboard.press("Tab")
    page.get_by_role("link", name="Skip to the content").press("Enter")
    expect(page.locator("#content")).to_be_focused()
    assert page.url == f"{served}/#/runs"
