"""The keys of each kind of entry: which there are, which are required, which are dicts."""

import pytest

from treadle.catalog.entries import MemoryOptions
from treadle.catalog.file_entry import FiguresOptions, FileOptions, PickleOptions
from treadle.catalog.options import parse_options
from treadle.catalog.partition_entry import (
    IncrementalOptions,
    ListingOptions,
    PartitionedOptions,
    PartitionOptions,
)
from treadle.catalog.sql_entry import QueryOptions, TableOptions
from treadle.errors import CatalogError

KINDS = [
    (FileOptions, {"filepath": "x"}, ["load_args", "save_args", "fs_args"]),
    (PickleOptions, {"filepath": "x"}, ["load_args"]),
    (FiguresOptions, {"filepath": "x"}, ["load_args"]),
    (MemoryOptions, {}, []),
    (TableOptions, {"table_name": "t"}, ["load_args", "save_args"]),
    (QueryOptions, {}, ["load_args", "execution_options"]),
    (PartitionedOptions, {"path": "x", "dataset": "csv"}, ["load_args"]),
    (IncrementalOptions, {"path": "x", "dataset": "csv"}, ["load_args"]),
    (PartitionOptions, {"type": "csv"}, ["load_args", "save_args"]),
    (ListingOptions, {}, []),
]
COMMON = ("type", "metadata", "layer", "cache", "validator")


@pytest.mark.parametrize(("kind", "required", "dicts"), KINDS)
def test_what_is_required_and_what_is_a_dict(kind, required, dicts):
    parsed = parse_options(kind, required)
    assert {key: getattr(parsed, key) for key in required} == required
    for key in required:
        for missing in ({}, {key: None}, {key: ""}):
            options = {name: value for name, value in required.items() if name != key}
            with pytest.raises(CatalogError, match=f"^it has no {key}.\nAdd {key}: …"):
                parse_options(kind, {**options, **missing})
    for key in dicts:
        assert getattr(parse_options(kind, {**required, key: {"a": 1}}), key) == {"a": 1}
        assert getattr(parse_options(kind, {**required, key: None}), key) == {}
        with pytest.raises(CatalogError, match=f"^its {key} is a dict, not list.$"):
            parse_options(kind, {**required, key: [1]})


@pytest.mark.parametrize(("kind", "required", "dicts"), KINDS)
def test_an_unknown_key_is_named_with_what_to_write_instead(kind, required, dicts):
    near = next(iter(kind.__struct_fields__))
    with pytest.raises(CatalogError) as caught:
        parse_options(kind, {f"{near}s": 1, **required}, where="it here has")
    assert caught.value.message == f'it here has a key "{near}s" that means nothing.'
    assert caught.value.hint == f'Did you mean "{near}"?'
    with pytest.raises(CatalogError) as caught:
        parse_options(kind, {**required, "colour": 1}, hints={"colour": "Remove it."})
    assert caught.value.hint == "Remove it."
    assert dicts == [key for key in dicts if key in kind.__struct_fields__]


@pytest.mark.parametrize("kind", [kind for kind, _, _ in KINDS[:8]])
def test_every_entry_has_the_common_keys(kind):
    assert set(COMMON) <= set(kind.__struct_fields__)
