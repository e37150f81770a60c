"""Which entry a name refers to."""

import pytest

from treadle.catalog.entry_table import Entry, EntryTable
from treadle.errors import ConfigError

TABLE = EntryTable(
    {
        "rows": "rows.csv",
        "model": {"type": "pickle", "filepath": "model.pkl", "credentials": "dev"},
        "{name}_raw": {"filepath": "{name}.csv"},
        "limit": 5,
        "{n}_value": 6,
    },
    {("rows",): "conf/base/catalog.yml:1", ("{name}_raw",): "conf/base/catalog.yml:4"},
    {"lost": ConfigError("it cannot be filled in")},
)


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("rows", Entry("rows", {"filepath": "rows.csv"}, "conf/base/catalog.yml:1")),
        (
            "rows@polars",
            Entry("rows", {"filepath": "rows.csv", "engine": "polars"}, "conf/base/catalog.yml:1"),
        ),
        ("x_raw", Entry("{name}_raw", {"filepath": "x.csv"}, "conf/base/catalog.yml:4")),
        ("{name}_raw", Entry("{name}_raw", {"filepath": "{name}.csv"}, "conf/base/catalog.yml:4")),
        ("limit", None),
        ("other", None),
    ],
)
def test_the_entry_of_a_name(name, entry):
    assert TABLE.find(name) == entry


def test_values_that_are_no_entries_and_broken_entries_have_names_too():
    assert TABLE.names == ("rows", "model", "limit", "lost")
    assert TABLE.others == {"limit": 5, "{n}_value": 6}


def test_a_declaration_has_only_what_changes_data_unless_it_is_complete():
    entry = TABLE.find("model")
    assert entry.declaration(complete=False) == {"type": "pickle", "filepath": "model.pkl"}
    assert entry.declaration(complete=True)["credentials"] == "dev"
