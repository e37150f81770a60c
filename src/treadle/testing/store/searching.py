"""Searching: conditions, sorting, columns and pages."""

from typing import Any

import msgspec
import pytest

from treadle.store import Search, Store, parse, parse_columns, parse_sort
from treadle.testing.store.base import StoreFixtures, start_run


class SearchingSuite(StoreFixtures):
    """Tests of searches."""

    @pytest.mark.parametrize(
        ("where", "expected"),
        [
            ("metrics.r2 > 0.6", ["aa1"]),
            ("max(metrics.r2) >= 0.9", ["aa1"]),
            ("count(metrics.r2) = 2", ["aa1"]),
            ("mean(metrics.r2) < 0.81", ["aa1", "aa2"]),
            ("metrics.r2 is null", ["cc4"]),
            ("metrics.r2 is not null", ["aa1", "aa2", "bb3"]),
            ("params.depth > 3", ["aa2", "bb3"]),
            ("params.depth in (3, 10)", ["aa1", "aa2"]),
            ("params.lr = 0.5", ["bb3"]),
            ("params.kind = 'ridge'", ["aa1"]),
            ("params.kind != 'ridge'", ["aa2"]),
            ("not params.kind = 'ridge'", ["aa2", "bb3", "cc4"]),
            ("params.on = true", ["bb3"]),
            ("tags.stage in ('dev', 'x')", ["aa1", "cc4"]),
            ("tags.stage = 'dev' and status = 'finished' or name = 'beta'", ["aa1", "aa2"]),
            ("name like 'a%'", ["aa1"]),
            ("name ilike 'a%'", ["aa1", "bb3"]),
            ("name like '%*'", ["cc4"]),
            ("name ilike 'alpha\\_2'", ["bb3"]),
            ("name like '_eta'", ["aa2"]),
            ("name not like 'a%'", ["aa2", "bb3", "cc4"]),
            ("started > 101.5", ["bb3", "cc4"]),
            ("duration > 10.5", ["aa2", "bb3"]),
            ("ended is null", ["cc4"]),
            ("experiment = 'e' and user = 'ada'", ["aa1", "aa2", "bb3", "cc4"]),
            ("experiment = 'other'", []),
            ('name = "x\' OR 1=1 --"', []),
        ],
    )
    def test_where(self, several: Store, where: str, expected: list[str]) -> None:
        """Conditions match as the reference of the search language says."""
        found = several.find_runs(Search(where=parse(where), sort=parse_sort("id")))
        assert [run.id for run in found] == expected

    @pytest.mark.parametrize(
        ("sort", "expected"),
        [
            ("-started", ["cc4", "bb3", "aa2", "aa1"]),
            ("metrics.r2", ["aa2", "aa1", "bb3", "cc4"]),
            ("-max(metrics.r2)", ["aa1", "aa2", "cc4", "bb3"]),
            ("params.depth", ["aa1", "bb3", "aa2", "cc4"]),
            ("-params.kind,id", ["aa1", "aa2", "bb3", "cc4"]),
            ("-tags.stage,-id", ["aa2", "cc4", "aa1", "bb3"]),
            ("-duration", ["bb3", "aa2", "aa1", "cc4"]),
        ],
    )
    def test_sort(self, several: Store, sort: str, expected: list[str]) -> None:
        """Runs without a value come last, in either direction."""
        assert [run.id for run in several.find_runs(Search(sort=parse_sort(sort)))] == expected

    @pytest.mark.parametrize(
        ("columns", "expected"),
        [
            ("name", ({}, {}, {})),
            ("params.depth, metrics.r2", ({"depth": 3}, {"r2": 0.7}, {})),
            ("params.none, tags.stage, params.kind", ({"kind": "ridge"}, {}, {"stage": "dev"})),
        ],
    )
    def test_columns(
        self, several: Store, columns: str, expected: tuple[dict[str, Any], ...]
    ) -> None:
        """Only the requested columns are read."""
        search = Search(where=parse("id = 'aa1'"), columns=parse_columns(columns))
        (run,) = several.find_runs(search)
        assert (run.params, run.metrics, run.tags) == expected
        assert run.name == "alpha"

    def test_limit(self, several: Store) -> None:
        """The newest runs come first."""
        assert [run.id for run in several.find_runs(Search(limit=2))] == ["cc4", "bb3"]

    def test_pages(self, empty_store: Store) -> None:
        """Pages follow each other without a gap."""
        empty_store.apply(
            "w", 1, [start_run(f"r{number:02}", at=float(number % 5)) for number in range(25)]
        )
        search = Search(sort=parse_sort("-started"), limit=7)
        pages = [empty_store.find_page(search)]
        while pages[-1].next:
            pages.append(
                empty_store.find_page(msgspec.structs.replace(search, after=pages[-1].next))
            )
        assert [len(page.runs) for page in pages] == [7, 7, 7, 4]
        assert [run for page in pages for run in page.runs] == empty_store.find_runs(
            msgspec.structs.replace(search, limit=99)
        )
