"""What is removed from a cache that is full, and what only counts as removed."""

import os
import time

import pytest

from treadle.catalog.cache import ContentCache
from treadle.catalog.cache.signatures import Signatures

HOUR = 3600


@pytest.fixture
def cache(tmp_path):
    return ContentCache(tmp_path / "contents", 25)


def used_ago(path, seconds):
    when = time.time() - seconds
    os.utime(path, (when, when))


def test_the_least_recently_used_are_removed_with_their_signatures(cache):
    digests = [cache.put_bytes(bytes([number]) * 10, is_value=True) for number in range(3)]
    for age, digest in zip((30, 20, 10), digests, strict=True):
        used_ago(cache.locate(digest), age * HOUR)
    assert cache.has_value(digests[0])  # and so it was just used
    assert cache.collect(dry=True) == (1, 10)
    assert cache.collect() == (1, 10)
    assert [cache.locate(digest).exists() for digest in digests] == [True, False, True]
    signatures = Signatures(cache.folder)
    assert [signatures.locate(digest).exists() for digest in digests] == [True, False, True]


@pytest.mark.parametrize("folder", ["stage", "quarantine"])
def test_what_a_crash_or_damage_left_is_removed_after_an_hour_and_not_before(cache, folder):
    old, new = cache.folder / folder / "old", cache.folder / folder / "new"
    old.parent.mkdir(parents=True)
    for path in (old, new):
        path.write_bytes(b"x")
    used_ago(old, 2 * HOUR)
    assert cache.collect() == (1, 1)
    assert (old.exists(), new.exists()) == (False, True)


def test_a_cache_that_grew_is_tidied_and_one_that_did_not_is_left_alone(cache):
    for number in range(3):
        cache.put_bytes(bytes([number]) * 10)
    other = ContentCache(cache.folder, 25)
    other.tidy()
    assert len(list(cache.folder.glob("??/*"))) == 3
    cache.tidy()
    assert len(list(cache.folder.glob("??/*"))) == 2
