"""A real Chromium that says when a page has painted what was asked for."""

import contextlib
import json
import shutil
import statistics
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

__all__ = ["ANSWERED", "LATEST", "Tab", "chromium", "opened", "tab"]

ARGUMENTS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-precise-memory-info",
)
ANSWERED: Final = "bench.asked > bench.before && !bench.pending"
"""Whether the page asked its server since it was armed, and has all answers."""
LATEST: Final = 60_000
"""How long something is waited for, in milliseconds."""

# `bench.seen` waits for a condition, which is looked at in each frame, and for the frame that
# shows it; `bench.armed` does so from the next click, key or input on. Requests are counted, and
# strokes on canvases from the last answer on, to know when all of it is drawn.
_SCRIPT: Final = """(() => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const task = () => new Promise((done) => setTimeout(done));
  const bench = (window.bench = { strokes: 0, asked: 0, before: 0, pending: 0 });
  bench.seen = async (condition, begin, latest) => {
    for (;;) {
      await frame();
      if (performance.now() - begin > latest) return latest;
      if (condition()) break;
    }
    await frame();
    await task();
    return performance.now() - begin;
  };
  bench.armed = (event, condition, latest) => {
    bench.before = bench.asked;
    bench.result = new Promise((done) =>
      addEventListener(event, (one) => done(bench.seen(condition, one.timeStamp, latest)), {
        capture: true,
        once: true,
      }),
    );
  };
  const { stroke } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.stroke = function (...path) {
    bench.strokes += 1;
    return stroke.apply(this, path);
  };
  const { fetch } = window;
  window.fetch = async (...request) => {
    const isOfPoints = String(request[0]?.url ?? request[0]).includes("/series/");
    const ended = () => {
      bench.pending -= 1;
    };
    bench.asked += 1;
    bench.pending += 1;
    try {
      const answer = await fetch(...request);
      if (isOfPoints) bench.strokes = 0;
      answer.clone().arrayBuffer().then(ended, ended);
      return answer;
    } catch (error) {
      ended();
      throw error;
    }
  };
  bench.frames = (element, pixels, milliseconds) =>
    new Promise((done) => {
      const times = [];
      const begin = performance.now();
      const turn = (now) => {
        times.push(now);
        element.scrollTop += pixels;
        if (performance.now() - begin < milliseconds) requestAnimationFrame(turn);
        else done(times.slice(1).map((one, at) => one - times[at]));
      };
      requestAnimationFrame(turn);
    });
})();"""


class Tab(msgspec.Struct, frozen=True):
    """A tab, and what is measured in it."""

    page: "Page"

    def visit(self, address: str, condition: str) -> float:
        """Open an address; return the milliseconds until a condition is painted.

        Args:
            address: Where to go.
            condition: An expression of JavaScript.
        """
        self.page.goto(address, wait_until="commit")
        return self.until(condition, "0")

    def until(self, condition: str, begin: str = "performance.now()") -> float:
        """Return the milliseconds from a time of the page until a condition is painted."""
        return float(self.page.evaluate(f"() => bench.seen(() => {condition}, {begin}, {LATEST})"))

    def arm(self, event: str, condition: str) -> None:
        """Measure the time from the next event of a kind until a condition is painted."""
        self.page.evaluate(f"() => bench.armed({event!r}, () => {condition}, {LATEST})")

    def taken(self) -> float:
        """Return the milliseconds from the event on that was armed for."""
        return float(self.page.evaluate("() => bench.result"))

    def frames(self, selector: str, pixels: int, milliseconds: int) -> list[float]:
        """Scroll an element down by so much a frame; return how long each frame took."""
        found = f"document.querySelector({json.dumps(selector)})"
        script = f"() => bench.frames({found}, {pixels}, {milliseconds})"
        frames: list[float] = self.page.evaluate(script)
        return frames

    def heap(self) -> float:
        """Return the megabytes that the page's scripts hold after their garbage is collected."""
        session: Any = self.page.context.new_cdp_session(self.page)
        for _ in range(3):
            session.send("HeapProfiler.collectGarbage")
        used = float(session.send("Runtime.getHeapUsage")["usedSize"])
        session.detach()
        return used / 1e6


@contextlib.contextmanager
def chromium() -> Iterator["Browser"]:
    """Start Debian's Chromium, and end it with the block."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise RuntimeError("there is no Chromium: apt-get install chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield browser
        browser.close()


def _profile(browser: "Browser") -> "BrowserContext":
    found = browser.new_context(
        viewport={"width": 1440, "height": 860}, locale="en-GB", bypass_csp=True
    )
    found.set_default_timeout(LATEST)
    found.add_init_script(_SCRIPT)
    return found


@contextlib.contextmanager
def tab(browser: "Browser") -> Iterator[Tab]:
    """Open a tab of a new profile, whose caches are empty."""
    profile = _profile(browser)
    yield Tab(profile.new_page())
    profile.close()


def opened(browser: "Browser", address: str, condition: str, repetitions: int) -> float:
    """Return the median of the milliseconds until an address is painted, each in a new profile.

    The first is not counted: it warms the server.
    """
    taken = []
    for _ in range(repetitions + 1):
        with tab(browser) as fresh:
            taken.append(fresh.visit(address, condition))
            if taken[-1] >= LATEST:
                return LATEST
    return statistics.median(taken[1:])
