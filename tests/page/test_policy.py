"""What others wrote runs nothing, nothing is from elsewhere, proxies and accounts are obeyed."""

import json
import urllib.request

import pytest
from tests.page.samples import log_sweep
from tests.server.test_proxy_headers import PREFIX, proxying
from tests.teams import team

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

IMAGE = "<img src=x onerror=\"document.title='hit'\">"
SCRIPT = "<script>document.title='hit'</script>"
LINK = "javascript:document.title='hit'"
MARKDOWN = f'[a link]({LINK}) <a href="{LINK}">b</a> {IMAGE} {SCRIPT}'
ATTACKS = {"image": IMAGE, "script": SCRIPT, "link": LINK, "quotes": f"\"'><svg onload={LINK}>"}


@pytest.fixture
def address(tmp_path):
    return str(tmp_path / "store.db")


@pytest.fixture
def elsewhere(page, served):
    """The addresses of other servers that the page asks."""
    asked = []

    def note(request):
        if request.url.startswith("http") and not request.url.startswith(served):
            asked.append(request.url)

    page.on("request", note)
    return asked


def headers_of(url):
    with urllib.request.urlopen(url) as response:
        return response.headers


def test_the_policy_lets_only_the_page_itself_run_scripts(served, page):
    page.goto(served)
    expect(page.get_by_text("No runs yet")).to_be_visible()
    headers = headers_of(f"{served}/")
    rules = dict(
        rule.strip().split(" ", 1) for rule in headers["content-security-policy"].split(";")
    )
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["connect-src"] == "'self'"
    assert rules["base-uri"] == "'none'"
    assert "object-src" not in rules  # so that the default is for it
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    script = page.locator("script[src]").first.get_attribute("src")
    headers = headers_of(f"{served}{script}")
    assert headers["content-type"].startswith("text/javascript")
    assert "immutable" in headers["cache-control"]
    assert headers["x-content-type-options"] == "nosniff"
    assert page.locator("script:not([src]), [onclick], [onload], [onerror]").count() == 0


def log_attack(store, attack):
    """Log a run in which every text that its user gives is an attack; give its id."""
    import treadle

    key = attack.replace("/", "|")  # a folder otherwise
    with treadle.start_run(attack, experiment=key, store=store, system_metrics=False) as run:
        run.log_params({attack: attack, "model": attack})
        run.set_tags({attack: attack, "mlflow.note.content": f"{MARKDOWN} {attack}"})
        run.log_series(attack, [1, 2, 3])
        run.log_text(attack, f"{key}.txt")
        run.log_text(attack, f"media/{key}/0.txt")
        print(attack)
    return run.id


def save_view(served, name):
    body = json.dumps({"page": "runs", "name": name, "state": '{"columns": "name"}'})
    request = urllib.request.Request(
        f"{served}/api/v1/view/save", body.encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request) as response:
        assert response.status == 200


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_what_others_wrote_runs_nothing(address, served, page, elsewhere, attack):
    ids = [log_attack(address, attack), log_attack(address, attack)]
    save_view(served, attack)
    tabs = ("", "/metrics", "/params", "/artifacts", "/output", "/environment")
    compared = ",".join(ids)
    places = [
        "#/runs",
        "#/runs?group=params.model",
        *(f"#/runs/{ids[0]}{tab}" for tab in tabs),
        *(f"#/compare?runs={compared}&tab={tab}" for tab in ("table", "curves", "explain")),
    ]
    for place in places:
        page.goto(f"{served}/{place}")
        expect(page.locator("main").get_by_text(attack[:12]).first).to_be_attached()
        page.wait_for_load_state("networkidle")
        assert "hit" not in page.title().replace(attack, "")
        assert page.locator("a[href^='javascript' i], [*|href^='javascript' i]").count() == 0
        assert page.locator("main img[src='x'], main script, main [onload]").count() == 0
    page.goto(f"{served}/#/runs")
    page.get_by_role("button", name="Views").click()
    expect(page.get_by_role("dialog", name="Views")).to_contain_text(attack)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type(attack[:12])
    expect(page.get_by_role("option").filter(has_text=attack).first).to_be_visible()
    assert page.title() == "Treadle"
    assert elsewhere == []


def test_behind_a_proxy_under_a_path_the_page_works(address, served, page):
    ids = log_sweep(address, 3)
    with proxying(served) as front:
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{front}{PREFIX}/")
        expect(page.locator(".grid-row .run-name a")).to_have_text(["run-2", "run-1", "run-0"])
        page.locator(".grid-row .run-name a").first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("run-2")
        page.goto(f"{front}{PREFIX}/#/runs/{ids[1]}/metrics")
        expect(page.get_by_role("application").first).to_be_visible()
        page.goto(f"{front}{PREFIX}/#/compare?runs={','.join(ids)}")
        expect(page.locator(".grid-row").first).to_be_visible()
        page.goto(f"{front}{PREFIX}/")
        expect(page.locator(".grid-row")).to_have_count(3)
        log_sweep(address, 1)
        expect(page.locator(".grid-row")).to_have_count(4)
        assert [one for one in asked if one.startswith("http") and PREFIX not in one] == []
        page.goto("about:blank")  # ends what listens, before the proxy ends


def test_a_viewer_sees_only_what_is_theirs_and_changes_nothing(address, page, context):
    import treadle

    for name in ("seen", "hidden"):
        with treadle.start_run(f"run-{name}", experiment=name, store=address) as run:
            run.log_metric("acc", 0.5)
    found = treadle.get_run("run-seen", store=address).run
    seen = found.experiment_id
    with team(address, vic={seen: "viewer"}, eve={seen: "editor"}) as users:
        for name in ("vic", "eve"):
            token = users[name].token
            context.set_extra_http_headers({"authorization": f"Bearer {token}"})
            page.goto("about:blank")
            page.goto(users[name].address)
            expect(page.locator(".grid-row .run-name a")).to_have_text(["run-seen"])
            expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()
            expect(page.get_by_text("hidden", exact=True)).to_have_count(0)
            page.locator(".grid-row .mark").first.click()
            bar = page.get_by_role("toolbar", name="Selected runs")
            expect(bar.get_by_role("button", name="Baseline")).to_be_visible()
            shown = 0 if name == "vic" else 1
            for action in ("Tag", "Move", "Note", "Delete"):
                expect(bar.get_by_role("button", name=action, exact=True)).to_have_count(shown)
            page.goto(f"{users[name].address}/#/runs/{found.id}")
            expect(page.get_by_role("heading", level=1)).to_contain_text("run-seen")
            expect(page.get_by_role("button", name="Add a tag")).to_have_count(shown)
            expect(page.get_by_role("button", name="More")).to_have_count(shown)
        page.goto(f"{users['vic'].address}/#/runs/run-hidden")
        expect(page.get_by_role("alert")).to_be_visible()
        context.problems.clear()  # the browser reports each response of 404
        page.goto("about:blank")
