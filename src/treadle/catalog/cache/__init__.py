"""The cache of contents by digest: when it is full, the least recently used are evicted.

It is a cache only: what is missing or damaged is made again.

    content_cache  files and values by digest
    signatures     only values that this user has written are unpickled
    eviction       what is removed when the cache is full
"""

from treadle.catalog.cache.content_cache import ContentCache

__all__ = ["ContentCache"]
