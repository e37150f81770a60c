"""The widget of notebooks, drawn by a real browser from what the kernel sends."""

import json
import math

import pytest

import treadle
from treadle.interop.html_page import TEMPLATE

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
HOSTILE = "</script><img src=x onerror=alert(1)>"

pytestmark = pytest.mark.skipif(
    not TEMPLATE.with_name("widget.js").is_file(), reason="the page is not built: make page"
)

NOTEBOOK = """
<body style="background: BACK; font: 20px serif"><h1 class="button chart">Notebook</h1>
<div id="cell"></div></body>
"""
SHOW = """
async ([script, styles, shown]) => {
  const sheet = document.createElement("style");
  sheet.textContent = styles;
  document.head.append(sheet);
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const { default: widget } = await import(address);
  const acts = new Set();
  const model = {
    get: () => shown,
    on: (_, act) => acts.add(act),
    off: (_, act) => acts.delete(act),
  };
  const stop = await widget.render({ model, el: document.getElementById("cell") });
  window.update = (next) => { shown = next; acts.forEach((act) => act()); };
  window.leave = () => { stop(); return acts.size; };
}
"""
COLORS = """canvas => {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  let strong = 0;
  for (let at = 0; at < data.length; at += 4) {
    const [r, g, b, a] = data.slice(at, at + 4);
    if (a > 100 && Math.max(r, g, b) - Math.min(r, g, b) > 60) strong++;
  }
  return strong;
}"""


@pytest.fixture
def widget():
    for name in ("first", HOSTILE):
        with treadle.start_run(name) as run:
            run.log_series("val/loss", [math.exp(-step / 90) for step in range(500)])
            run.log_series("val/acc", [0.1, math.nan, 0.3])
    return treadle.show("first", HOSTILE)


def show(page, widget, back="white"):
    page.set_content(NOTEBOOK.replace("BACK", back))
    page.evaluate(SHOW, [widget._esm, widget._css, json.loads(json.dumps(widget.shown))])
    expect(page.locator(".treadle-widget .chart canvas")).to_have_count(2)


@pytest.mark.parametrize(("back", "theme"), [("white", "light"), ("#111", "dark")])
def test_each_metric_is_a_chart_with_a_curve_for_each_run(widget, page, back, theme):
    before = "() => JSON.stringify(getComputedStyle(document.querySelector('h1')))"
    page.set_content(NOTEBOOK.replace("BACK", back))
    plain = page.evaluate(before)
    show(page, widget, back)
    titles = page.locator(".treadle-widget h3")
    assert titles.all_inner_texts() == ["val/acc", "val/loss"]
    assert page.locator(".treadle-widget").get_attribute("data-theme") == theme
    expect(page.locator(".widget-runs")).to_contain_text(HOSTILE)
    assert page.locator(".treadle-widget canvas").nth(1).evaluate(COLORS) > 200
    assert page.evaluate(before) == plain


def test_it_draws_what_is_new_and_leaves_nothing_behind(widget, page):
    show(page, widget)
    shown = json.loads(json.dumps(widget.shown))
    shown["runs"] = shown["runs"][:1]
    shown["series"] = [
        {**one, "count": 4, "steps": [*one["steps"], 3], "times": [*one["times"], 9e9]}
        | {"values": [*one["values"], 0.777]}
        for one in shown["series"]
        if one["key"] == "val/acc" and one["run"] == shown["runs"][0]["id"]
    ]
    page.evaluate("next => update(next)", shown)
    expect(page.locator(".treadle-widget .chart")).to_have_count(1)
    expect(page.locator(".chart-aside")).to_have_text("0.777")
    assert page.evaluate("() => leave()") == 0
    expect(page.locator(".treadle-widget")).to_have_count(0)
