"""The suite for stores, put together of four that can be used alone."""

from treadle.testing.store.applying import ApplyingSuite
from treadle.testing.store.changing import ChangingSuite
from treadle.testing.store.searching import SearchingSuite
from treadle.testing.store.series import SeriesSuite

__all__ = ["ApplyingSuite", "ChangingSuite", "SearchingSuite", "SeriesSuite", "StoreSuite"]


class StoreSuite(ApplyingSuite, SeriesSuite, SearchingSuite, ChangingSuite):
    """Tests of a store of runs, metrics and experiments.

    A subclass overrides the fixture `empty_store`.
    """
