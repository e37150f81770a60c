"""The page of one run, while it runs, as it is changed, and with more than anyone can read."""

import re
import threading

import pytest

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path):
    if request.param == "sqlite":
        return str(tmp_path / "store.db")
    return request.getfixturevalue("postgres")


@pytest.fixture
def tracking(address, monkeypatch):
    """Treadle, with the store that is served."""
    import treadle

    monkeypatch.setenv("TREADLE_STORE", address)
    return treadle


def heading(page):
    return page.get_by_role("heading", level=1)


def test_a_run_is_renamed_tagged_moved_and_deleted_with_a_way_back(tracking, served, page):
    with tracking.start_run("old", experiment="team/a", tags={"stage": "test"}):
        pass
    page.goto(f"{served}/#/runs/old")
    heading(page).get_by_role("button").click()
    page.get_by_label("name of the run").fill("new")
    page.keyboard.press("Enter")
    expect(heading(page)).to_contain_text("new")
    page.get_by_role("button", name="Undo").click()
    expect(heading(page)).to_contain_text("old")
    tags = page.get_by_role("region", name="Tags")
    tags.get_by_role("button", name="Add a tag").click()
    tags.get_by_label("New tag").fill("owner=me")
    tags.get_by_label("New tag").press("Enter")
    expect(tags).to_contain_text("me")
    tags.get_by_role("button", name="Remove the tag stage").click()
    expect(tags).not_to_contain_text("stage")
    page.get_by_role("button", name="More").click()
    page.locator(".menu-item", has_text="Move").click()
    page.get_by_label("Move the run").last.fill("team/b")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="team/b")).to_be_visible()
    page.get_by_role("button", name="More").click()
    page.locator(".menu-item", has_text="Delete").click()
    expect(page.get_by_text("deleted", exact=True)).to_be_visible()
    page.get_by_role("button", name="More").click()
    page.locator(".menu-item", has_text="Restore").click()
    expect(page.get_by_text("deleted", exact=True)).to_have_count(0)
    found = tracking.get_run("old").run
    assert (found.experiment, found.tags, found.deleted) == ("team/b", {"owner": "me"}, None)


def test_a_note_is_written_with_a_preview_and_its_draft_survives(tracking, served, page):
    with tracking.start_run("noted"):
        pass
    page.goto(f"{served}/#/runs/noted")
    note = page.get_by_role("region", name="Note")
    note.get_by_role("button", name="Write what this run is about").click()
    note.get_by_label("Note in Markdown").fill("**bold** and <img src=x onerror=alert(1)>")
    note.get_by_role("button", name="Preview").click()
    expect(note.locator("strong")).to_have_text("bold")
    page.reload()
    field = note.get_by_label("Note in Markdown")
    expect(field).to_have_value(re.compile("bold"))
    field.press("Control+Enter")
    expect(note.locator("strong")).to_have_text("bold")
    expect(note.locator("img")).to_have_count(0)
    assert tracking.get_run("noted").run.tags["mlflow.note.content"].startswith("**bold**")


def test_parent_and_children_lead_to_each_other(tracking, served, page):
    with tracking.start_run("sweep"):
        for number in range(3):
            with tracking.start_run(f"trial-{number}"):
                pass
    page.goto(f"{served}/#/runs/sweep")
    page.get_by_role("button", name="3 children").click()
    page.locator(".menu-item", has_text="trial-1").click()
    expect(heading(page)).to_contain_text("trial-1")
    page.locator("dd").get_by_role("link", name="sweep").click()
    expect(heading(page)).to_contain_text("sweep")


def test_a_live_run_is_followed(tracking, served, page):
    seen, done = threading.Event(), threading.Event()

    def work():
        with tracking.start_run("live") as run:
            run.log_metric("loss", 1.0, step=0)
            run.capture_output()
            print("it begins")
            run.flush()
            done.set()
            seen.wait(60)
            print("it goes on")
            for step in range(1, 4):
                run.log_metric("loss", 1.0 / (step + 1), step=step)
            run.flush()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert done.wait(30)
        page.goto(f"{served}/#/runs/live")
        expect(page.locator(".run-facts .status")).to_have_text("running")
        expect(page.get_by_role("row").filter(has_text="loss")).to_contain_text("1")
        tab = page.context.new_page()
        tab.goto(f"{served}/#/runs/live/output")
        expect(tab.get_by_role("log")).to_contain_text("it begins")
    finally:
        seen.set()
        thread.join(60)
    expect(page.get_by_role("row").filter(has_text="loss")).to_contain_text("0.25")
    expect(page.locator(".run-facts .status")).to_have_text("finished")
    expect(tab.get_by_role("log")).to_contain_text("it goes on")
    expect(tab.locator(".run-facts .status")).to_have_text("finished")


def test_hostile_names_and_texts_run_nothing(tracking, served, page):
    evil = "<img src=x onerror=document.title='got'>"
    with tracking.start_run(evil, experiment=evil, tags={evil: evil}) as run:
        run.log_params({evil: evil, f"a.{evil}.b": 1})
        run.log_metric(evil, 1)
        tracking.log_text(evil, "x.txt")
    page.goto(f"{served}/#/runs/{run.id}")
    for tab in ("", "/params", "/nodes", "/data", "/output", "/code", "/environment"):
        page.goto(f"{served}/#/runs/{run.id}{tab}")
        expect(heading(page)).to_contain_text(evil)
        expect(page.locator("img[src=x]")).to_have_count(0)
    assert page.title() != "got"


def test_a_run_with_thousands_of_metrics_and_params_draws_what_is_in_view(tracking, served, page):
    with tracking.start_run("huge") as run:
        run.log_params({f"layer{at // 100}.p{at}": at for at in range(3000)})
        for part in range(12):
            run.log_metrics({f"g{part}/m{at}": at for at in range(1000)})
    page.goto(f"{served}/#/runs/huge")
    expect(page.get_by_role("link", name="All 12,000 as charts")).to_be_visible()
    assert page.locator("*").count() < 1000
    page.goto(f"{served}/#/runs/huge/params?view=flat")
    table = page.get_by_role("table", name="Params")
    expect(table.locator(".row").first).to_be_visible()
    assert table.locator(".row").count() < 100
    page.get_by_label("Find params").fill("p2999")
    expect(table.locator(".row")).to_have_count(1)


def test_a_viewer_is_offered_no_changes(tracking, served, page):
    with tracking.start_run("seen", tags={"stage": "test"}):
        pass

    def answer(route):
        found = route.fetch().json()
        route.fulfill(json={**found, "may_edit": False})

    page.route("**/api/v1/me", answer)
    page.goto(f"{served}/#/runs/seen")
    expect(page.get_by_role("region", name="Tags")).to_contain_text("stage")
    for name in ("More", "Add a tag", "Edit the note", "Remove the tag stage"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
