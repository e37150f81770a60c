"""The suite for stores, put together of four that can be used alone.

A store that only reads, or only takes journals, is tested by its part.

    base       the fixture of the stores that are tested
    applying   what journals bring
    series     metric series
    searching  searches and pages
    changing   changes by single calls
"""

from treadle.testing.store.applying import ApplyingSuite
from treadle.testing.store.changing import ChangingSuite
from treadle.testing.store.searching import SearchingSuite
from treadle.testing.store.series import SeriesSuite

__all__ = ["ApplyingSuite", "ChangingSuite", "SearchingSuite", "SeriesSuite", "StoreSuite"]


class StoreSuite(ApplyingSuite, SeriesSuite, SearchingSuite, ChangingSuite):
    """Tests of a store of runs, metrics and experiments.

    A subclass overrides the fixture `empty_store`.
    """
