"""The files of a run, what it logged by step, and models, as their users look at them."""

import json
import math
import re
import struct
import urllib.parse
import urllib.request
import wave
import zlib

import pytest

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

HACK = "window.top.hacked = 1"
HOSTILE_NAME = f"<img src=x onerror='{HACK}'>.txt"
HOSTILE = {
    HOSTILE_NAME: "a text",
    "hostile/drawing.svg": (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" onload="{HACK}">'
        f'<script>{HACK}</script><image href="https://example.org/x.png"/>'
        '<rect width="40" height="40"/></svg>'
    ),
    "hostile/page.html": (
        f"<h1>A report</h1><script>document.querySelector('h1').textContent = 'It ran';"
        f"try {{ {HACK} }} catch {{}}; fetch('https://example.org/')</script>"
        "<img src='https://example.org/x.png'><script src='https://example.org/x.js'></script>"
    ),
    "hostile/note.md": (
        f"# A note\n\n<script>{HACK}</script>\n\n<img src=x onerror='{HACK}'>\n\n"
        f"[a link](javascript:{HACK.replace(' ', '')})\n\n![](https://example.org/x.png)\n"
    ),
    "hostile/proto.json": '{"__proto__": {"hacked": 1}, "constructor": {"prototype": {"b": 2}}}',
    "hostile/bomb.csv": "a,b\n" + "x" * 4_000_000 + ",=cmd()\n" + "," * 200_000 + "\n",
    "hostile/vega.json": json.dumps(
        {
            "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
            "data": {"url": "https://example.org/data.json"},
            "mark": "point",
            "encoding": {"x": {"field": "a"}, "href": {"value": f"javascript:{HACK}"}},
        }
    ),
    "hostile/plotly.json": json.dumps(
        {
            "data": [
                {
                    "x": [1, 2],
                    "y": [3, 4],
                    "mode": "text",
                    "text": f"<a href='javascript:{HACK}'>x</a><img src=x onerror='{HACK}'>",
                }
            ],
            "layout": {
                "title": {"text": f"Losses <b>now</b> <script>{HACK}</script>"},
                "images": [{"source": "https://example.org/x.png"}],
            },
        }
    ),
}


def png(shade):
    """An image of 8 x 8 pixels."""

    def chunk(kind, content):
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    rows = (b"\0" + bytes([shade] * 8)) * 8
    head = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def sound(path):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        beats = (struct.pack("<h", int(9000 * math.sin(at / 3))) for at in range(16_000))
        file.writeframes(b"".join(beats))


@pytest.fixture
def address(tmp_path):
    return str(tmp_path / "store.db")


@pytest.fixture
def run(address, monkeypatch, tmp_path):
    """A run with files of many kinds."""
    import treadle

    monkeypatch.setenv("TREADLE_STORE", address)
    sound(tmp_path / "tone.wav")
    with treadle.start_run("files") as run:
        for path, text in HOSTILE.items():
            run.log_bytes(text.encode(), path)
        run.log_text("import os\n\n\ndef train():\n    return os.name\n", "code/train.py")
        rows = "".join(f'{at},"city {at % 7}",{(at * 37) % 1000 / 10}\n' for at in range(3_000))
        run.log_text(f"id,city,price\n{rows}", "data/houses.csv")
        run.log_dict({"r2": 0.9, "folds": [{"r2": 0.8}, {"r2": float("nan")}]}, "report.json")
        run.log_bytes(png(200), "figures/grey.png")
        run.log_artifact(tmp_path / "tone.wav", "sounds")
        run.log_bytes(b"\x80\x04\x95" + bytes(range(256)), "state.pkl")
        for step in (0, 10, 20):
            run.log_image(png(step * 10), "samples/a", step)
            run.log_text(f"said at {step}", f"media/answer/{step}.txt")
        run.log_table({"question": ["one", "two"], "score": [0.25, 0.75]}, "answers.json")
    return run.id


@pytest.fixture
def elsewhere(page, served):
    """The addresses of other servers that the page asks, those apart that the policy refuses."""
    asked = []

    def refuse(route):
        asked.append(route.request.url)
        route.abort()

    page.route(lambda url: url.startswith("http") and not url.startswith(served), refuse)
    return asked


def visit(page, served, run, file="", **query):
    """Open the files of a run, one of them chosen."""
    query = {"file": file, **query}
    text = urllib.parse.urlencode({key: value for key, value in query.items() if value})
    page.goto("about:blank")  # so that each is opened afresh
    page.goto(f"{served}/#/runs/{run}/artifacts?{text}")


def test_a_file_is_found_opened_and_in_the_address(run, served, page):
    visit(page, served, run)
    page.get_by_label("Find files").fill("TRAIN")
    page.get_by_role("treeitem", name="train.py").click()
    expect(page.get_by_role("heading", name="code/train.py")).to_be_visible()
    expect(page.locator(".code-row .tok-keyword").first).to_have_text("import")
    assert "file=code%2Ftrain.py" in page.url
    page.get_by_label("Find in the file").fill("OS")
    expect(page.get_by_text("1 of 2")).to_be_visible()
    page.reload()
    expect(page.locator("mark.current")).to_have_text("os")
    page.get_by_label("Copy as Python").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert f'treadle.load_artifact("{run}", "code/train.py")' in copied


def test_the_tree_is_walked_by_keys(run, served, page):
    visit(page, served, run)
    tree = page.get_by_role("tree")
    tree.focus()
    tree.press("End")
    expect(page.get_by_role("heading", name="state.pkl")).to_be_visible()
    expect(page.get_by_text("000000  80 04 95")).to_be_visible()
    tree.press("Home")
    assert "file=code" in page.url
    page.get_by_role("button", name="train.py").click()
    expect(page.locator(".code-row").first).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="code", exact=True)).to_be_visible()


def test_a_table_is_sorted_and_filtered_in_the_address(run, served, page):
    visit(page, served, run, "data/houses.csv")
    expect(page.get_by_text("3,000 rows, 3 columns")).to_be_visible()
    page.get_by_role("columnheader", name="price").get_by_role("button").click()
    first = page.locator(".grid-row").first
    expect(first).to_contain_text("99.9")
    page.get_by_label("Filter rows").fill('price < 50 city = "city 3"')
    expect(first).to_contain_text("city 3")
    page.reload()
    expect(page.get_by_text("of 3,000 rows")).to_be_visible()
    expect(first).to_contain_text("city 3")
    first.dblclick()
    expect(page.get_by_role("dialog")).to_contain_text("city 3")


def test_a_logged_table_is_a_table(run, served, page):
    visit(page, served, run, "answers.json", sort="-score")
    expect(page.get_by_text("2 rows, 2 columns")).to_be_visible()
    expect(page.locator(".grid-row").first).to_contain_text("two")
    page.get_by_role("button", name="Tree").click()
    expect(page.get_by_role("treeitem").first).to_be_visible()
    assert "as=tree" in page.url


def test_parquet_is_read_by_ranges(run, address, served, page, tmp_path):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    import treadle

    table = pandas.DataFrame({"id": range(20_000), "name": [f"n{at % 9}" for at in range(20_000)]})
    table["score"] = (table["id"] * 7919) % 20_000
    table.to_parquet(tmp_path / "table.parquet", row_group_size=6_000)
    with treadle.start_run("parquet") as other:
        other.log_artifact(tmp_path / "table.parquet")
    visit(page, served, other.id, "table.parquet")
    expect(page.get_by_text("20,000 rows, 3 columns")).to_be_visible()
    visit(page, served, other.id, "table.parquet", sort="-score", where="name = n4")
    expected = table[table["name"] == "n4"].sort_values("score", ascending=False).iloc[0]
    expect(page.locator(".grid-row").first).to_contain_text(str(expected["id"]))
    visit(page, served, other.id, "table.parquet", **{"as": "schema"})
    expect(page.get_by_text("20,000 rows in 4 row groups")).to_be_visible()


def test_json_images_and_sounds_are_shown(run, served, page):
    visit(page, served, run, "report.json")
    expect(page.get_by_role("treeitem", name="r2 NaN")).to_be_visible()
    visit(page, served, run, "figures/grey.png")
    expect(page.get_by_text(re.compile("8 . 8, 100 %"))).to_be_visible()
    for _ in range(12):
        page.get_by_role("button", name="Larger").click()
    expect(page.locator(".pixel-grid")).to_be_visible()
    page.get_by_role("button", name="Fit").click()
    expect(page.locator(".pixel-grid")).to_have_count(0)
    visit(page, served, run, "sounds/tone.wav")
    player = page.locator("audio")
    expect(player).to_have_js_property("duration", 2)


@pytest.mark.parametrize("path", HOSTILE)
def test_hostile_files_run_nothing_and_load_nothing(path, run, served, page, context, elsewhere):
    visit(page, served, run, path)
    expect(page.get_by_role("heading", name=path, exact=True)).to_be_visible()
    shown = {
        HOSTILE_NAME: page.get_by_text("a text"),
        "hostile/drawing.svg": page.get_by_text(re.compile("40 . 40, 100 %")),
        "hostile/page.html": page.frame_locator("iframe").get_by_text("A report"),
        "hostile/note.md": page.get_by_text("A note"),
        "hostile/proto.json": page.get_by_role("treeitem").filter(has_text="__proto__"),
        "hostile/bomb.csv": page.get_by_text("=cmd()"),
        "hostile/vega.json": page.get_by_text("the page loads nothing from elsewhere"),
        "hostile/plotly.json": page.locator(".gtitle"),
    }
    expect(shown[path].first).to_be_visible(timeout=20_000)  # Plotly is large
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("({}).hacked") is None
    assert not page.locator("a[href^='javascript'], [*|href^='javascript']").count()
    assert elsewhere == []
    if path == "hostile/page.html":
        context.problems.clear()  # what the policy refused to the file


def test_scripts_of_a_page_run_after_a_click_and_reach_nothing(
    run, served, page, context, elsewhere
):
    visit(page, served, run, "hostile/page.html")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading")).to_have_text("A report")
    page.get_by_role("button", name="Run its scripts").click()
    expect(frame.get_by_role("heading")).to_have_text("It ran")
    assert page.evaluate("window.hacked") is None
    page.reload()
    expect(frame.get_by_role("heading")).to_have_text("A report")
    context.problems.clear()  # what the policy refused to the file


def test_what_was_logged_by_step_is_stepped_through(run, served, page):
    visit(page, served, run)
    page.get_by_role("button", name="By step").click()
    expect(page.get_by_text("said at 20")).to_be_visible()
    expect(page.locator(".media-card img")).to_have_js_property("naturalWidth", 8)
    slider = page.get_by_role("slider", name="Step")
    slider.press("ArrowLeft")
    expect(page.get_by_text("said at 10")).to_be_visible()
    assert "step=10" in page.url
    page.get_by_label("Find keys").fill("samples")
    expect(page.locator(".media-card")).to_have_count(1)
    expect(page.locator(".media-card b")).to_have_text("samples/a")


def test_models_are_shown_with_their_versions(run, served, page):
    def post(path, **body):
        request = urllib.request.Request(
            f"{served}/api/2.0/mlflow/{path}",
            json.dumps(body).encode(),
            {"content-type": "application/json"},
        )
        with urllib.request.urlopen(request) as response:
            return json.load(response)

    description = f"Predicts **prices**.<script>{HACK}</script>"
    post("registered-models/create", name="prices", description=description)
    post("registered-models/create", name=HOSTILE_NAME)
    post("model-versions/create", name="prices", source=f"runs:/{run}/data", run_id=run)
    post("registered-models/alias", name="prices", alias="best", version="1")
    page.goto(f"{served}/#/models")
    expect(page.get_by_role("link", name=HOSTILE_NAME)).to_be_visible()
    page.get_by_label("Find models by name").fill("PRI")
    expect(page.get_by_role("link", name=HOSTILE_NAME)).to_have_count(0)
    page.get_by_role("link", name="prices", exact=True).click()
    expect(page.locator("strong")).to_have_text("prices")
    page.get_by_role("link", name="v1", exact=True).click()
    expect(page.get_by_text('mlflow.pyfunc.load_model("models:/prices/1")')).to_be_visible()
    page.get_by_role("link", name="data", exact=True).click()
    expect(page.get_by_role("button", name="houses.csv")).to_be_visible()
    page.goto(f"{served}/#/models/prices/versions/1")  # as MLflow's clients print it
    expect(page.get_by_role("heading", name="prices v1")).to_be_visible()
    assert page.evaluate("window.hacked") is None
