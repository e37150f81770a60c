"""``cache: store``: what was made is brought back by its digest."""

import json
import pickle

import pytest
from blake3 import blake3
from tests.watching import Watch

import treadle
from treadle import node, param, pipeline
from treadle.catalog import DataCatalog
from treadle.catalog.cache import ContentCache
from treadle.errors import CatalogError

MEMORY = {"type": "memory", "cache": "store"}


def slow(raw):
    return [value * 2 for value in raw]


def wide(slow):
    return {"values": slow}


def fit(wide, depth: int = param("depth")):
    return sum(wide["values"]) * depth


FLOW = pipeline([node(slow), node(wide), node(fit)])


@pytest.fixture
def run(tmp_path):
    (tmp_path / "raw.json").write_text("[1, 2]")

    def run(depth, flow=FLOW, **entries):
        watch = Watch()
        catalog = {"raw": str(tmp_path / "raw.json"), "fit": str(tmp_path / "fit.json"), **entries}
        treadle.run(
            flow,
            catalog=catalog,
            params={"depth": depth},
            hooks=[watch],
            store=tmp_path / "runs.db",
        )
        return watch

    return run


def contents(tmp_path):
    return sorted(path for path in (tmp_path / "contents").glob("??/*"))


def content(tmp_path, value):
    """Return where a value is kept."""
    digest = blake3(pickle.dumps(value, protocol=5)).hexdigest()
    return tmp_path / "contents" / digest[:2] / digest


def test_values_in_memory_are_brought_back_instead_of_made_again(run, tmp_path):
    assert run(1, wide=MEMORY).ran == ["slow", "wide", "fit"]
    watch = run(2, wide=MEMORY)
    assert watch.ran == ["fit"]
    assert watch.reused == {"wide": "it is in the cache", "slow": "nothing that runs needs it"}
    assert json.loads((tmp_path / "fit.json").read_text()) == 12


def test_what_a_restored_node_needs_itself_is_not_made(run, tmp_path):
    (tmp_path / "raw.json").write_text("[4]")
    run(1, slow=MEMORY, wide=MEMORY)
    assert len(contents(tmp_path)) == 2
    assert run(2, slow=MEMORY, wide=MEMORY).ran == ["fit"]


def test_a_damaged_content_is_put_aside_and_made_again(run, tmp_path, caplog):
    run(1, wide=MEMORY)
    before = contents(tmp_path)
    path = content(tmp_path, {"values": [2, 4]})
    path.write_bytes(b"\0" + path.read_bytes()[1:])
    assert run(2, wide=MEMORY).ran == ["wide", "fit"]
    assert "put aside" in caplog.text
    assert [one.name for one in (tmp_path / "contents/quarantine").iterdir()] == [path.name]
    assert contents(tmp_path) == before
    assert run(3, wide=MEMORY).ran == ["fit"]


def test_a_file_is_restored_when_the_code_goes_back(run, tmp_path):
    fit = {"filepath": str(tmp_path / "fit.json"), "cache": "store"}
    run(1, fit=fit)
    first = (tmp_path / "fit.json").read_text()
    run(2, fit=fit)
    watch = run(1, fit=fit)
    assert watch.ran == []
    assert "restored from the cache: fit" in watch.reused["fit"]
    assert (tmp_path / "fit.json").read_text() == first
    (tmp_path / "fit.json").unlink()
    assert run(1, fit=fit).ran == []
    for path in contents(tmp_path):
        path.write_bytes(b"x")
    (tmp_path / "fit.json").write_text("0")
    assert run(1, fit=fit).ran == ["slow", "wide", "fit"]
    assert (tmp_path / "fit.json").read_text() == first


def test_a_pattern_says_it_for_all(run):
    catch_all = {"{name}": MEMORY}
    run(1, **catch_all)
    assert run(2, **catch_all).ran == ["fit"]


def connect(raw):
    return (value for value in raw)


def drain(connection):
    return sum(connection)


def test_what_cannot_be_pickled_is_made_again(run, tmp_path, caplog):
    flow = pipeline(
        [
            node(lambda raw: lambda: raw, "raw", "made", name="make"),
            node(lambda made: made(), "made", "fit", name="call"),
        ]
    )
    run(1, flow, made=MEMORY)
    assert "cannot be kept in the cache" in caplog.text
    (tmp_path / "fit.json").unlink()
    assert run(1, flow, made=MEMORY).ran == ["make", "call"]


def test_the_cache_holds_no_more_than_it_may(tmp_path):
    cache = ContentCache(tmp_path / "contents", limit=3000)
    digests = [cache.put_value(bytes([number]) * 1000) for number in range(3)]
    for place, digest in enumerate(digests):
        import os

        os.utime(cache.locate(digest), (place, place))
    assert cache.has(digests[0])  # used just now
    assert cache.collect(dry=True)[0] == 1
    assert cache.collect()[0] == 1
    assert [cache.has(digest) for digest in digests] == [True, False, True]
    assert cache.value(digests[2]) == bytes([2]) * 1000
    with pytest.raises(LookupError):
        cache.value(digests[1])
    assert cache.put_value(bytes(10_000)) == ""  # more than all of it
    assert cache.collect(0)[0] == 2


def test_two_that_keep_the_same_keep_it_once(tmp_path):
    one, other = (ContentCache(tmp_path / "contents", limit=10**6) for _ in range(2))
    assert one.put_value([1, 2]) == other.put_value([1, 2])
    (tmp_path / "x").write_text("a")
    (tmp_path / "y").write_text("a")
    from treadle.files import digest_file

    digest = digest_file(tmp_path / "x")[0]
    assert one.put_file(tmp_path / "x", digest)
    assert other.put_file(tmp_path / "y", digest)
    (tmp_path / "z").write_text("b")
    assert not one.put_file(tmp_path / "z", "blake3:" + "0" * 64)
    assert one.restore(digest, tmp_path / "deep" / "back")
    assert (tmp_path / "deep" / "back").read_text() == "a"
    assert not one.restore("blake3:" + "1" * 64, tmp_path / "back")
    assert len(contents(tmp_path)) == 2


def test_another_word_for_cache_is_refused():
    with pytest.raises(CatalogError, match="its cache is 'sotre'"):
        DataCatalog({"x": {"filepath": "x.json", "cache": "sotre"}})["x"]
