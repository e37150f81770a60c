"""The cache of contents by digest: what it holds, whose values it trusts, what it evicts."""

from treadle.catalog.cache.content_cache import ContentCache

__all__ = ["ContentCache"]
