import contextlib

import pytest

from treadle.store import locate_store
from treadle.store.connect import connect_team_store
from treadle.store.sql.in_lists import in_parts, read_by_key
from treadle.store.sql.named_values import NamedValues


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    address = (
        tmp_path / "x.db" if request.param == "sqlite" else request.getfixturevalue("postgres")
    )
    with contextlib.closing(connect_team_store(locate_store(address))) as store:
        yield store._database


def test_values_are_set_added_and_deleted(database):
    tags = NamedValues(database, "experiment_tag", "experiment_key")
    tags.set((1,), {"b": "1", "a": "2"})
    tags.set((1,), {"a": "3"})
    tags.add((1,), {"a": "4", "c": "5"})
    tags.set((2,), {"a": "6"})
    tags.set((3,), {})
    assert tags.read([1, 3]) == {(1,): {"a": "3", "b": "1", "c": "5"}}
    assert list(tags.read([1])[1,]) == ["a", "b", "c"]
    assert [tags.delete((1,), "a"), tags.delete((1,), "a")] == [True, False]
    assert tags.read([1, 2]) == {(1,): {"b": "1", "c": "5"}, (2,): {"a": "6"}}


def test_an_owner_with_a_key_of_two_columns_is_read_by_the_first(database):
    tags = NamedValues(database, "model_version_tag", "model_key", "version")
    tags.set((1, 1), {"a": "x"})
    tags.set((1, 2), {"a": "y"})
    tags.set((2, 1), {"a": "z"})
    assert tags.read([1]) == {(1, 1): {"a": "x"}, (1, 2): {"a": "y"}}
    assert tags.delete((1, 2), "a")
    assert tags.read([1, 2]) == {(1, 1): {"a": "x"}, (2, 1): {"a": "z"}}


def test_aliases_have_columns_of_their_own(database):
    aliases = NamedValues(database, "model_alias", "model_key", name="alias", value="version")
    aliases.set((1,), {"champion": 3})
    aliases.set((1,), {"champion": 4, "new": 5})
    assert aliases.read([1]) == {(1,): {"champion": 4, "new": 5}}


def test_lists_longer_than_a_statement_may_have_are_read_in_parts(database):
    keys = range(25_000)
    tags = NamedValues(database, "experiment_tag", "experiment_key")
    for key in (0, 9_999, 10_000, 24_999):
        tags.set((key,), {"k": str(key)})
    assert [len(some) for _, some in in_parts(keys)] == [10_000, 10_000, 5_000]
    found = read_by_key(
        database, "SELECT experiment_key, value FROM experiment_tag WHERE experiment_key", keys
    )
    assert {key: rows for key, rows in found.items() if rows} == {
        key: [(str(key),)] for key in (0, 9_999, 10_000, 24_999)
    }
    assert set(tags.read(keys)) == {(0,), (9_999,), (10_000,), (24_999,)}
    assert tags.read([]) == {}
