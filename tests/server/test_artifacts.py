"""Files of runs: in blocks, as downloads that never run, and as pages of no origin in a frame."""

import re
import shutil
import subprocess

import numpy as np
import pytest
from tests.servers import serving
from tests.teams import User, add_experiment, create_run, team

import treadle
from treadle.tracking.media import encode_image

BLOCK = 8 << 20
HOSTILE = """<script>top.location = '/api/v1/me'; fetch('/api/v1/runs')</script>
<meta http-equiv="refresh" content="0; url=/api/v1/runs"><base href="https://example.com/">
<form action="/api/v1/run/change" method="post"></form><img src="https://example.com/x.png">"""
NAMES = [
    'a";filename=evil.exe; x=".html',
    "a\u202egnp.html",
    "<img src=x onerror=alert(1)>.html",
    "sub/%2e%2e/%0d%0aset-cookie: a=b.html",
    "ünïcode 文.html",
]


@pytest.fixture
def user(tmp_path):
    with serving(tmp_path / "store.db") as address:
        yield User(address)


def log(user, files):
    with treadle.start_run("one", store=user.address) as run:
        for path, content in files.items():
            run.log_bytes(content, path)
    return run.id


def policy(reply):
    """The directives of the content policy, of which there must be one."""
    (text,) = reply.headers.get_all("content-security-policy")
    return {one.split()[0]: one.split()[1:] for one in text.split(";")}


def test_blocks_end_where_the_request_says(user):
    content = bytes(range(256)) * 40_000
    run = log(user, {"file.bin": content})
    for begin, end in ((0, 5), (3, 6), (0, BLOCK + 9), (100, None), (5, 5), (9, 4), (2**40, None)):
        query = {"begin": begin} | ({} if end is None else {"end": end})
        reply = user.get("run/artifact", run=run, path="file.bin", **query)
        assert reply.status == 200
        last = begin + BLOCK if end is None else min(end, begin + BLOCK)
        assert reply.content == content[begin:last]
    assert user.get("run/artifact", run=run, path="file.bin", end=-1).status == 400


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.png", "image/png"),
        ("a.wav", "audio/x-wav"),
        ("a.mp3", "audio/mpeg"),
        ("a.mp4", "video/mp4"),
        ("a.webm", "video/webm"),
        ("a.pdf", "application/pdf"),
        ("a.py", "text/plain; charset=utf-8"),
        ("a.svg", "application/octet-stream"),
        ("a.html", "application/octet-stream"),
        ("a.xhtml", "application/octet-stream"),
        ("a.xml", "text/plain; charset=utf-8"),
        ("a.js", "text/plain; charset=utf-8"),
        ("a", "application/octet-stream"),
    ],
)
def test_downloads_are_attachments_that_run_nothing(user, name, kind):
    run = log(user, {name: HOSTILE.encode()})
    reply = user.get("run/download", run=run, path=name)
    assert (reply.status, reply.content) == (200, HOSTILE.encode())
    assert reply.headers["content-type"] == kind
    assert reply.headers["content-disposition"].startswith("attachment;")
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert policy(reply) == {"sandbox": [], "default-src": ["'none'"]}


def test_downloads_have_ranges(user):
    content = bytes(range(256)) * 10
    run = log(user, {"a.mp4": content})

    def part(wanted):
        sent = {"range": wanted}
        reply = user.get("run/download", run=run, path="a.mp4", headers=sent)
        return reply.status, reply.headers["content-range"], reply.content

    assert part("bytes=0-9") == (206, "bytes 0-9/2560", content[:10])
    assert part("bytes=2550-") == (206, "bytes 2550-2559/2560", content[2550:])
    assert part("bytes=-5") == (206, "bytes 2555-2559/2560", content[-5:])
    assert part("bytes=x") == (200, None, content)


def test_what_a_browser_has_is_not_sent_again(user):
    run = log(user, {"a.png": b"x" * 100, "b.png": b"y" * 100})

    def ask(name, **headers):
        sent = {key.replace("_", "-"): value for key, value in headers.items()}
        return user.get("run/download", run=run, path=name, headers=sent)

    tags = [ask(name).headers["etag"] for name in ("a.png", "b.png")]
    assert ask("a.png").headers["cache-control"] == "private, no-cache"
    for known in (tags[0], f"{tags[1]}, {tags[0]}"):
        reply = ask("a.png", if_none_match=known)
        assert (reply.status, reply.content, reply.headers["etag"]) == (304, b"", tags[0])
        assert policy(reply) == {"sandbox": [], "default-src": ["'none'"]}
    assert ask("a.png", if_none_match=tags[1]).status == 200
    assert ask("a.png", range="bytes=0-9", if_range=tags[0]).status == 206
    reply = ask("a.png", range="bytes=0-9", if_range=tags[1])
    assert (reply.status, len(reply.content)) == (200, 100)


@pytest.mark.parametrize("name", ["page.html", "sub/PAGE.HTM", *NAMES])
def test_a_page_is_shown_without_an_origin_and_without_network(user, name):
    run = log(user, {name: HOSTILE.encode()})
    for scripts in (False, True):
        reply = user.get("run/show", run=run, path=name, scripts=int(scripts))
        assert (reply.status, reply.content) == (200, HOSTILE.encode())
        assert reply.headers["content-type"] == "text/html; charset=utf-8"
        assert policy(reply) == {
            "sandbox": ["allow-scripts"] if scripts else [],
            "default-src": ["'none'"],
            "style-src": ["'unsafe-inline'"],
            "img-src": ["data:"],
            "font-src": ["data:"],
            "base-uri": ["'none'"],
            "form-action": ["'none'"],
            "frame-ancestors": ["'self'"],
        } | ({"script-src": ["'unsafe-inline'"]} if scripts else {})
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in reply.headers
        assert "access-control-allow-origin" not in reply.headers
        assert "content-disposition" not in reply.headers


PROBE = """<!doctype html><p id="found">nothing ran</p><script>
const found = [];
const note = (name, value) => {
  found.push(`${name}: ${value}`);
  document.getElementById("found").textContent = found.sort().join(", ");
};
const attempt = (name, act) => {
  try { note(name, act()); } catch (error) { note(name, "refused"); }
};
note("origin", self.origin);
attempt("cookie", () => document.cookie);
attempt("storage", () => localStorage.length);
attempt("popup", () => window.open("/api/v1/me"));
attempt("code", () => eval("1"));
fetch("/api/v1/me").then(() => note("fetch", "done"), () => note("fetch", "refused"));
const image = new Image();
image.onload = () => note("image", "loaded");
image.onerror = () => note("image", "refused");
image.src = "/api/v1/run/download?run=one&path=a.png";
</script>"""
CHROMIUM = shutil.which("chromium")


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt install chromium")
def test_a_hostile_page_reaches_nothing_in_a_browser(user, tmp_path):
    run = log(user, {"a.html": PROBE.encode(), "a.png": encode_image(np.zeros((2, 2)))})

    def show(scripts):
        address = f"{user.address}/api/v1/run/show?run={run}&path=a.html&scripts={scripts}"
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000"]
        profile = f"--user-data-dir={tmp_path / 'browser'}"
        done = subprocess.run(
            [str(CHROMIUM), *options, profile, "--dump-dom", address],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        return re.findall(r'<p id="found">(.*?)</p>', done.stdout)

    assert show(0) == ["nothing ran"]
    (found,) = show(1)
    assert dict(one.split(": ") for one in found.split(", ")) == {
        "origin": "null",
        "popup": "null",
        **dict.fromkeys(("code", "cookie", "fetch", "image", "storage"), "refused"),
    }


def test_names_do_not_reach_the_headers_of_a_download(user):
    run = log(user, dict.fromkeys(NAMES, b"x"))
    for name in NAMES:
        reply = user.get("run/download", run=run, path=name)
        sent = reply.headers["content-disposition"]
        assert re.fullmatch(r"attachment; filename\*=UTF-8''[\w.%~-]+", sent, re.ASCII), sent
        assert "set-cookie" not in reply.headers


def test_only_html_files_are_shown(user):
    run = log(user, {"a.svg": b"<svg/>", "a.txt": b"<html>", "html": b"x", "a.html.js": b"x"})
    for name in ("a.svg", "a.txt", "html", "a.html.js"):
        reply = user.get("run/show", run=run, path=name)
        assert reply.status == 400
        assert "not an HTML file" in reply.json["message"]
    for path in ("run/show", "run/download"):
        assert user.get(path, run=run, path="b.html").status == 404
        assert user.get(path, run="b", path="a.svg").status == 404
        assert user.get(path, run=run).status == 400


def test_a_frame_on_another_page_gets_nothing(user):
    run = log(user, {"a.html": b"x"})
    sent = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    for path in ("run/show", "run/download", "run/artifact"):
        assert user.get(path, run=run, path="a.html", headers=sent).status == 403


def test_files_of_runs_that_the_caller_may_not_see_do_not_exist(place):
    mine = add_experiment(place, "mine")
    with team(place, ada="admin", own={mine: "viewer"}) as users:
        for experiment in ("0", mine):
            run = create_run(users["ada"], experiment)
            users["ada"].put(_address(experiment, run), b"<p>")
            for path in ("run/show", "run/download", "run/artifact"):
                reply = users["own"].get(path, run=run, path="a.html")
                assert reply.status == (200 if experiment == mine else 404)
                assert users["ada"].get(path, run=run, path="a.html").content == b"<p>"


def _address(experiment, run):
    return f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/a.html"
