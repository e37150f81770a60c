"""The pages look as their pictures, which `TREADLE_WRITE_PICTURES=1` writes anew."""

import io
import os
import time
from pathlib import Path

import pytest
from tests.page.samples import fix_ids, log_sweep
from tests.servers import serving

pytest.importorskip("playwright.sync_api")
Image = pytest.importorskip("PIL.Image")
np = pytest.importorskip("numpy")
sync_api = pytest.importorskip("playwright.sync_api")

pytestmark = pytest.mark.long

PICTURES = Path(__file__).with_name("pictures")
WRITES = os.environ.get("TREADLE_WRITE_PICTURES") == "1"
WIDTH = 320
CELL = 8  # pixels of a picture, larger than its letters: another font changes little
MEAN = 1.6  # shades of grey of 256 by which cells may differ on average
FAR = 14.0  # and by which hardly any cell may
SIZES = {"wide": (1280, 800), "narrow": (400, 800)}
PAGES = {
    "runs": ("#/runs", ".grid-row .run-name a"),
    "groups": ("#/runs?group=params.model.kind&columns=name%2C+metrics.acc", ".grid-row"),
    "overview": ("#/runs/run-2", "h1"),
    "metrics": ("#/runs/run-2/metrics", ".uplot"),
    "artifacts": ("#/runs/run-2/artifacts?file=code/train.py", ".code-row"),
    "compare": ("#/compare?where=params.batch = 64", ".grid-row"),
    "scatter": ("#/compare?where=params.batch = 64&tab=scatter&x=metrics.acc", ".drawing canvas"),
    "models": ("#/models", "h1, .empty"),
}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    store = str(tmp_path_factory.mktemp("pictures") / "store.db")
    with pytest.MonkeyPatch.context() as patch:
        fix_ids(patch)
        patch.chdir(tmp_path_factory.mktemp("elsewhere"))  # so that the state of git is the same
        patch.setattr("sys.argv", ["train.py"])
        log_sweep(store)
    with serving(store) as address:
        yield address


def open_page(page, served, name, size="wide", scheme="light"):
    """Open a page an hour after its runs, so that times and colours are the same each time."""
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.clock.set_fixed_time((time.time() + 3600) * 1000)
    place, ready = PAGES[name]
    page.goto(f"{served}/{place}")
    sync_api.expect(page.locator(ready).first).to_be_visible()
    page.wait_for_load_state("networkidle")


def picture(page):
    """A small grey picture of what is on the screen."""
    found = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("L")
    return found.resize((WIDTH, round(found.height * WIDTH / found.width)), Image.Resampling.BOX)


def differences(one, other):
    """By how much the cells of two pictures differ."""
    assert one.size == other.size
    size = one.width // CELL, one.height // CELL
    shades = (
        np.asarray(image.resize(size, Image.Resampling.BOX), dtype=float) for image in (one, other)
    )
    return np.abs(np.subtract(*shades))


def is_alike(one, other):
    """Whether two pictures show the same layout."""
    found = differences(one, other)
    return found.mean() < MEAN and (found > FAR).mean() < 0.02


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PAGES)
def test_pages_look_as_their_pictures(served, page, name, size, scheme):
    open_page(page, served, name, size, scheme)
    found, file = picture(page), PICTURES / f"{name}-{size}-{scheme}.png"
    if WRITES:
        file.parent.mkdir(exist_ok=True)
        found.quantize(32).save(file, optimize=True)
        assert file.stat().st_size <= 30_000
    before = Image.open(file).convert("L")
    found_by = differences(found, before)
    assert is_alike(found, before), f"{found_by.mean():.1f}, {(found_by > FAR).mean():.3f}"


@pytest.mark.parametrize("font", ["serif", "monospace"])
def test_another_font_is_no_difference(served, page, font):
    open_page(page, served, "runs")
    before = picture(page)
    page.add_style_tag(content=f"body.page {{ font-family: {font} !important }}")
    found = differences(picture(page), before)
    assert is_alike(picture(page), before), (found.mean(), (found > FAR).mean())


@pytest.mark.parametrize(
    "style",
    [
        ".runs-page { display: block !important }",
        ".grid-head, .grid-row { transform: translateX(40px) }",
        ".side { width: 500px !important }",
        ":root { --back: #ddd !important }",
    ],
)
def test_a_broken_layout_is_one(served, page, style):
    open_page(page, served, "runs")
    before = picture(page)
    page.add_style_tag(content=style)
    found = differences(picture(page), before)
    assert not is_alike(picture(page), before), (found.mean(), (found > FAR).mean())
