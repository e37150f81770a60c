"""What the cache removes, and what it leaves alone."""

from treadle.catalog.cache import ContentCache


def test_links_of_a_cache_of_ones_own_are_followed(tmp_path):
    elsewhere = tmp_path / "big"
    elsewhere.mkdir()
    cache = ContentCache(tmp_path / "own" / "contents", 100)
    digest = cache.put_bytes(b"x" * 10)
    folder = cache.locate(digest).parent
    folder.rename(elsewhere / folder.name)
    folder.symlink_to(elsewhere / folder.name)
    assert cache.collect(0) == (1, 10)
    assert not cache.has(digest)
