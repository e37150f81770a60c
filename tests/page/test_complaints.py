"""What users of other trackers complain of: each is counted here, in requests, bytes and charts."""

import re

import pytest

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect


@pytest.fixture
def address(tmp_path, monkeypatch):
    """A new store, which runs are logged to."""
    found = str(tmp_path / "store.db")
    monkeypatch.setenv("TREADLE_STORE", found)
    return found


@pytest.fixture
def answers(page):
    """The responses of the API, as they come."""
    found = []

    def note(response):
        if "/api/v1/" in response.url:
            found.append(response)

    page.on("response", note)
    return found


def start(name, **settings):
    import treadle

    return treadle.start_run(name, system_metrics=False, capture_output=False, **settings)


def size(answers):
    """The bytes of finished responses."""
    return sum(len(one.body()) for one in answers if "/events" not in one.url)


def asked_keys(answers):
    """The metrics whose points were asked for."""
    bodies = (one.request.post_data_json for one in answers if "outlines" in one.url)
    return {one["key"] for body in bodies for one in body["series"]}


def test_comparing_100_runs_asks_for_what_is_in_sight(address, served, page, answers):
    ids = []
    for number in range(100):
        with start(f"run-{number}", params={f"p{at}": at * number for at in range(20)}) as run:
            for step in range(2):
                run.log_metrics({f"m{at:02}": at + number for at in range(60)}, step=step)
            ids.append(run.id)
    page.goto(f"{served}/#/compare?runs={','.join(ids)}")
    expect(page.get_by_text(re.compile("differ, .* the same"))).to_be_visible()
    assert page.get_by_role("gridcell").count() < 1_000  # of 8,000
    assert asked_keys(answers) == set()
    assert len(answers) < 15
    assert size(answers) < 500_000
    curves = ",".join(f"metrics.m{at:02}" for at in range(60))
    page.goto(f"{served}/#/compare?runs={','.join(ids)}&tab=curves&curves={curves}")
    expect(page.locator(".uplot").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert 0 < page.locator(".uplot").count() < 20
    assert len(asked_keys(answers)) < 20


def test_of_12000_metrics_only_charts_in_sight_are_mounted(address, served, page, answers):
    with start("wide") as run:
        for step in range(2):
            names = (f"block{at // 100:03}/layer{at % 100:02}" for at in range(12_000))
            run.log_metrics(dict.fromkeys(names, step), step=step)
    page.goto(f"{served}/#/runs/{run.id}/metrics")
    expect(page.locator(".uplot").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert page.locator("canvas").count() < 60
    assert len(asked_keys(answers)) < 60
    page.locator(".metric-rows").hover()
    with page.expect_response("**/series/outlines"):
        page.mouse.wheel(0, 100_000)
    expect(page.locator(".uplot").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert page.locator("canvas").count() < 60
    assert len(asked_keys(answers)) < 180


def test_a_run_shows_its_head_before_all_of_its_data(address, served, page, answers):
    with start("long") as run:
        for at in range(40):
            run.log_series(f"metric{at}", [float(step) for step in range(2_000)])
        for at in range(30):
            run.log_text("x" * 10_000, f"texts/{at}.txt")
    page.route("**/series/**", lambda route: None)  # no answer ever comes
    page.goto(f"{served}/#/runs/{run.id}/params")
    expect(page.get_by_role("heading", level=1)).to_contain_text("long")
    expect(page.get_by_text("finished").first).to_be_visible()
    page.wait_for_load_state("load")
    parts = ("/series", "/log", "/artifacts", "/artifact?", "/media")
    assert [one.url for one in answers if any(part in one.url for part in parts)] == []
    assert size(answers) < 50_000
    page.goto(f"{served}/#/runs/{run.id}")
    expect(page.get_by_role("region", name="Metrics")).to_contain_text("1,999")
    page.unroute_all()


def test_a_curve_of_a_million_points_is_sent_as_an_outline(address, served, page, answers):
    values = [step % 1_000 / 1_000 for step in range(1_000_000)]
    values[123_456], values[654_321] = 7.0, -5.0
    with start("long") as run:
        run.log_series("loss", values)
    page.goto(f"{served}/#/runs/{run.id}/metrics")
    chart = page.get_by_role("application")
    expect(chart).to_have_attribute("aria-label", re.compile("greatest 7"))
    expect(chart).to_have_attribute("aria-label", re.compile("least −5"))
    assert size(answers) < 300_000


def group_cells(page):
    """The cells of groups by the name of the group and the title of the column."""
    expect(page.get_by_role("columnheader").filter(has_text="acc")).to_be_visible()
    heads = page.get_by_role("columnheader").all_inner_texts()
    rows = page.locator(".grid-row")
    expect(rows).to_have_count(3)
    expect(rows.last.get_by_role("gridcell").last).not_to_be_empty()
    found = {}
    for at in range(3):
        cells = rows.nth(at).get_by_role("gridcell").all_inner_texts()
        for head, cell in zip(heads[2:], cells[2:], strict=True):
            found[cells[1], head.split()[-1]] = cell
    return found


def test_means_of_groups_are_the_same_whatever_is_on_the_screen(address, served, page):
    for number in range(90):
        with start(f"run-{number}", params={"kind": "abc"[number % 3]}) as run:
            run.log_metrics({"acc": number / 90, "loss": 1 / (number + 1)})
    page.goto(f"{served}/#/runs?group=params.kind")
    before = group_cells(page)
    assert before["a", "acc"].startswith("0.483")
    page.goto(f"{served}/#/runs")
    expect(page.locator(".grid-row").first).to_be_visible()
    page.locator(".grid").hover()
    page.mouse.wheel(0, 1_500)
    expect(page.get_by_text("run-10", exact=True)).to_be_visible()
    page.goto(f"{served}/#/runs?group=params.kind&sort=-metrics.acc")
    assert group_cells(page) == before
    page.goto(f"{served}/#/runs?group=params.kind&columns=name%2C+metrics.acc")
    assert group_cells(page).items() <= before.items()
    assert "0.483" in group_cells(page)["a", "acc"]


def titles(page):
    expect(page.locator(".grid-row").first).to_be_visible()
    return page.get_by_role("columnheader").all_inner_texts()[1:]


def test_columns_survive_a_reload_a_link_and_the_back_button(address, served, page, context):
    for number in range(3):
        with start(f"run-{number}", params={"lr": number}) as run:
            run.log_metrics({"acc": number, "loss": -number})
    page.goto(served)
    first = titles(page)
    page.get_by_role("button", name="Columns").click()
    page.get_by_label("Find columns").fill("loss")
    page.get_by_role("checkbox", name=re.compile("loss")).click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("columnheader").filter(has_text="loss")).to_have_count(0)
    chosen = titles(page)
    assert len(chosen) == len(first) - 1
    page.reload()
    assert titles(page) == chosen
    other = context.new_page()
    other.goto(page.url)
    assert titles(other) == chosen
    page.locator(".grid-row .run-name a").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.go_back()
    assert titles(page) == chosen
    page.go_back()
    expect(page.get_by_role("columnheader").filter(has_text="loss")).to_have_count(1)
    assert titles(page) == first
