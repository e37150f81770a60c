"""Pages of experiments, models and versions, against the same in plain Python."""

import math
import random
from typing import Any

import msgspec
import pytest

from treadle.errors import SearchError
from treadle.records import LoggedModelMetric, ModelVersionRecord
from treadle.store.search.listing import DatasetName, Listing, ListingSort
from treadle.store.search.tree import And, Comparison, Field, Not, Or

pytestmark = pytest.mark.parametrize("address", ["sqlite", "postgresql"], indirect=True)

NAME, TAG, CREATED = (
    Field("attribute", "name"),
    Field("tags", "team"),
    Field("attribute", "created"),
)


def every(find, listing):
    found: list[Any] = []
    while True:
        page, following = find(listing)
        assert len(page) <= listing.limit
        found = found + page
        if not following:
            return found
        listing = msgspec.structs.replace(listing, after=following)


def is_(field, *values, operator="="):
    return Comparison(field, operator, values)


FILTERS = [
    (None, lambda one: True),
    (is_(TAG, "a"), lambda one: one.tags.get("team") == "a"),
    (Not(is_(TAG, "a")), lambda one: one.tags.get("team") != "a"),
    (is_(TAG, operator="null"), lambda one: "team" not in one.tags),
    (is_(NAME, "n1%", operator="like"), lambda one: one.name.startswith("n1")),
    (is_(NAME, "N_", operator="ilike"), lambda one: len(one.name) == 2),
    (is_(CREATED, 3.0, operator=">"), lambda one: one.created > 3),
    (
        Or((is_(TAG, "a", "b", operator="in"), is_(NAME, "n5"))),
        lambda one: one.tags.get("team") in ("a", "b") or one.name == "n5",
    ),
    (
        And((is_(NAME, "n3", operator="!="), is_(CREATED, 9.0, operator="<="))),
        lambda one: one.name != "n3" and one.created <= 9,
    ),
]
ORDERS = [
    (),
    ((NAME, False),),
    ((NAME, True),),
    ((TAG, False), (CREATED, True)),
    ((CREATED, True), (NAME, False)),
]


def ordered(items, order, tie):
    found = sorted(items, key=tie)
    for field, descending in reversed(order):

        def value(one, field=field):
            return one.tags.get("team") if field == TAG else getattr(one, field.key)

        having = [one for one in found if value(one) is not None]
        found = sorted(having, key=value, reverse=descending) + [
            one for one in found if value(one) is None
        ]
    return found


def check(find, everything, tie, **options):
    assert len(everything) > 20
    for where, holds in FILTERS:
        for order in ORDERS:
            for limit in (3, 1000):
                listing = Listing(
                    where=where,
                    sort=tuple(ListingSort(*pair) for pair in order),
                    limit=limit,
                    **options,
                )
                expected = ordered([one for one in everything if holds(one)], order, tie)
                assert every(find, listing) == expected, listing
    with pytest.raises(SearchError, match="does not belong to this search"):
        find(Listing(after="x"))
    _, following = find(Listing(limit=1, **options))
    with pytest.raises(SearchError, match="does not belong to this search"):
        find(Listing(limit=1, where=is_(NAME, "n1"), after=following, **options))


def tags(chance):
    return {"team": team} if (team := chance.choice(["a", "b", "c", None])) else {}


def test_experiments(opened):
    chance = random.Random(1)
    for number in range(30):
        opened.experiments.create(
            f"n{number}", created=float(number // 3), artifact_location="", tags=tags(chance)
        )
    everything = opened.experiments.all()
    check(opened.experiments.find_page, everything, lambda one: int(one.id))
    gone = everything[4]
    opened.experiments.delete(gone.id, 50.0)
    assert [
        one.id for one in every(opened.experiments.find_page, Listing(lifecycle="deleted"))
    ] == [gone.id]
    assert len(every(opened.experiments.find_page, Listing(lifecycle="all"))) == 31
    some = every(
        opened.experiments.find_page, Listing(only=("1", "2", "x", gone.id), without=("2",))
    )
    assert [one.id for one in some] == ["1"]
    by_number = every(
        opened.experiments.find_page,
        Listing(where=is_(Field("attribute", "id"), 3.0, operator="<")),
    )
    assert [one.id for one in by_number] == ["0", "1", "2"]


def test_registered_models_and_versions(opened):
    chance = random.Random(2)
    for number in range(25):
        name = f"n{number}"
        opened.registry.create_model(
            name, description=None, tags=tags(chance), time=float(number // 3)
        )
        for _ in range(chance.randrange(3)):
            record = ModelVersionRecord(
                name=name,
                version=0,
                description=None,
                created=float(number),
                updated=float(number),
                stage="None",
                source="s",
                location="l",
                run="r",
                run_link="",
                logged_model="",
                user="",
                tags=tags(chance),
                aliases=[],
            )
            opened.registry.create_version(name, record)
    models = [opened.registry.model(f"n{number}") for number in range(25)]
    check(opened.registry.find_models, models, lambda one: one.name)
    versions = [version for model in models for version in opened.registry.versions_of(model.name)]
    check(opened.registry.find_versions, versions, lambda one: (one.name, -one.version))
    for find in (opened.registry.find_models, opened.registry.find_versions):
        assert {one.name for one in every(find, Listing(only=("n1", "n2"), without=("n2",)))} <= {
            "n1"
        }
        assert every(find, Listing(only=())) == []
    last = versions[-1]
    opened.registry.delete_version(last.name, last.version, 99.0)
    assert len(every(opened.registry.find_versions, Listing())) == len(versions) - 1


def test_logged_models(opened):
    chance = random.Random(3)
    experiment = opened.experiments.create("e", created=1.0, artifact_location="", tags={})
    for number in range(30):
        model = f"m-{number:032x}"
        opened.logged_models.create(
            model,
            experiment,
            name=f"n{number}",
            kind="",
            source_run=f"r{number % 4}",
            created=float(number // 2),
        )
        opened.logged_models.set_tags(model, tags(chance))
        opened.logged_models.log_params(model, {"depth": str(number % 5)})
        opened.logged_models.log_metrics(
            model,
            [
                LoggedModelMetric(
                    key="acc",
                    step=step,
                    time=float(step),
                    value=chance.choice([number / 10, math.nan]),
                    run="r",
                    dataset_name=name,
                    dataset_digest=f"d{step}",
                )
                for step, name in enumerate(("train", "test", ""))
            ],
        )
    everything = [opened.logged_models.get(f"m-{number:032x}") for number in range(30)]
    check(
        opened.logged_models.find_page,
        everything,
        lambda one: (-one.created, one.id),
        only=(experiment,),
    )

    def latest(one, name=""):
        points = [
            point
            for point in one.metrics
            if point.key == "acc" and name in ("", point.dataset_name)
        ]
        value = max(points, key=lambda point: (point.time, point.step)).value
        return None if math.isnan(value) else value

    accuracy = Field("metrics", "acc")
    for name in ("", "train", "test"):
        datasets = (DatasetName(name),) if name else ()
        listing = Listing(where=is_(accuracy, 1.0, operator=">"), datasets=datasets, limit=4)
        assert {one.id for one in every(opened.logged_models.find_page, listing)} == {
            one.id for one in everything if (latest(one, name) or 0) > 1
        }
        order = (ListingSort(accuracy, True, datasets[0] if datasets else None),)
        values = [
            latest(one, name)
            for one in every(opened.logged_models.find_page, Listing(sort=order, limit=7))
        ]
        having = [value for value in values if value is not None]
        assert having == sorted(having, reverse=True)
        assert values == having + [None] * (30 - len(having))
    digest = Listing(
        where=is_(accuracy, 0.0, operator=">="), datasets=(DatasetName("train", "d9"),)
    )
    assert every(opened.logged_models.find_page, digest) == []
    both = And((is_(Field("params", "depth"), "3"), is_(Field("attribute", "source_run"), "r0")))
    assert [one.name for one in every(opened.logged_models.find_page, Listing(where=both))] == [
        "n28",
        "n8",
    ]
    opened.logged_models.delete(everything[8].id, 5.0)
    assert [one.name for one in every(opened.logged_models.find_page, Listing(where=both))] == [
        "n28"
    ]
