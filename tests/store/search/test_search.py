import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.errors import SearchError
from treadle.store.search.grammar import parse, parse_columns, parse_field, parse_sort
from treadle.store.search.text import word_columns, word_field
from treadle.store.search.tree import And, Comparison, Field, Not, Or, Sort


def test_precedence_and_forms():
    a = Comparison(Field("metrics", "a"), ">", (1,))
    b = Comparison(Field("params", "b.c"), "=", ("x",))
    c = Comparison(Field("tags", "c"), "in", ("u", "v"))
    assert parse("metrics.a > 1 or params.b.c = 'x' and tags.c in ('u', \"v\")") == Or(
        (a, And((b, c)))
    )
    assert parse("(metrics.a > 1 or params.b.c == 'x') and not tags.c in ('u','v')") == And(
        (Or((a, b)), Not(c))
    )
    assert parse("tags.c NOT IN ('u', 'v')") == Not(c)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("status = 'failed'", Comparison(Field("attribute", "status"), "=", ("failed",))),
        ("attributes.name like 'a%'", Comparison(Field("attribute", "name"), "like", ("a%",))),
        ("name ILIKE 'A%'", Comparison(Field("attribute", "name"), "ilike", ("A%",))),
        ("duration >= 1.5e3", Comparison(Field("attribute", "duration"), ">=", (1500.0,))),
        ("metric.`val loss` != -2", Comparison(Field("metrics", "val loss"), "!=", (-2,))),
        ('metrics."a \\" b" < .5', Comparison(Field("metrics", 'a " b'), "<", (0.5,))),
        ("metrics.val/loss-2 <= 3", Comparison(Field("metrics", "val/loss-2"), "<=", (3,))),
        ("min(metrics.loss) < 1", Comparison(Field("metrics", "loss", "min"), "<", (1,))),
        ("params.on = true", Comparison(Field("params", "on"), "=", (True,))),
        ("param.x is null", Comparison(Field("params", "x"), "null")),
        ("ended IS NOT NULL", Not(Comparison(Field("attribute", "ended"), "null"))),
        ("started > 1700000000", Comparison(Field("attribute", "started"), ">", (1700000000,))),
        (
            "started > '2026-01-31T00:00:00+00:00'",
            Comparison(Field("attribute", "started"), ">", (1769817600.0,)),
        ),
    ],
)
def test_comparisons(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("metrics.r2 >", "a value is missing"),
        ("metrics.r2 0.8", "a comparison is missing"),
        ("stauts = 'x'", 'there is no field "stauts". Did you mean "status"?'),
        ("metrics. > 1", "a key is missing after the dot"),
        ("metrics.a > 1 metrics.b > 2", '"and" or "or" is missing'),
        ("(metrics.a > 1", '")" is missing'),
        ("metrics.a > 'x'", "a metric compares with a number"),
        ("name like 5", '"like" compares with a text'),
        ("started > 'yesterday'", '"yesterday" is not a time'),
        ("name is 5", '"null" is missing'),
        ("min(params.a) > 1", "min(…) takes a metric"),
        ("name = ;", "';' has no meaning here"),
        ("not " * 30 + "name = 'a'", "nested more than 20 deep"),
        (" and ".join(["name = 'a'"] * 60), "more than 50 comparisons"),
        ("", "a field is missing"),
        ("name = '" + "x" * 9000 + "'", "9009 characters; 8192 are allowed"),
    ],
)
def test_what_cannot_be_understood_is_shown(text, message):
    with pytest.raises(SearchError) as caught:
        parse(text)
    assert message in str(caught.value)


def test_the_message_points_at_the_place():
    with pytest.raises(SearchError) as caught:
        parse("metrics.r2 > high")
    assert str(caught.value).splitlines()[1:3] == ["  metrics.r2 > high", "               ^"]


def test_sorts():
    assert parse_sort("-metrics.r2, name") == (
        Sort(Field("metrics", "r2"), descending=True),
        Sort(Field("attribute", "name")),
    )
    with pytest.raises(SearchError, match="one field is expected"):
        parse_sort("name = 5")


def test_a_column_may_be_the_value_at_a_step():
    text = "at(metrics.loss, 100), AT(metrics.'a b', -3), min(metrics.at), params.at, tags.x.y"
    fields = parse_columns(text, has_steps=True)
    assert [(one.key, one.step) for one in fields] == [
        *(("loss", 100), ("a b", -3), ("at", None), ("at", None), ("x.y", None))
    ]
    written = [word_field(one) for one in fields]
    assert written == [
        *("at(metrics.loss, 100)", 'at(metrics."a b", -3)', "min(metrics.at)"),
        *("params.at", "tags.x.y"),
    ]
    assert parse_columns(", ".join(written), has_steps=True) == fields
    assert parse_columns(word_columns(fields), has_steps=True) == fields


@pytest.mark.parametrize(
    "text",
    [
        "at(metrics.loss)",
        "at(params.loss, 1)",
        "at(min(metrics.loss), 1)",
        "at(metrics.loss, 1.5)",
        "at(metrics.loss, 1",
        f"at(metrics.loss, {2**63})",
    ],
)
def test_a_value_at_a_step_is_of_a_metric_and_an_integer(text):
    with pytest.raises(SearchError, match="The search is invalid"):
        parse_columns(text, has_steps=True)


def test_values_at_a_step_are_for_columns_of_tables_only():
    for read in (parse_columns, parse_sort, parse_field):
        with pytest.raises(SearchError, match="for columns of tables only"):
            read("at(metrics.loss, 1)")
    with pytest.raises(SearchError, match="for columns of tables only"):
        parse("metrics.a > 1 and at(metrics.loss, 1) > 2")


@given(st.text(alphabet="metricsparams.abc<>=!()'\"`, andornot0.5-%\\", max_size=80))
def test_any_text_is_a_tree_or_a_search_error(text):
    try:
        parse(text)
    except SearchError as error:
        assert error.hint


def test_a_quote_in_a_text():
    expected = Comparison(Field("tags", "a"), "=", ("it's",))
    assert parse(r"tags.a = 'it\'s'") == parse('tags.a = "it\'s"') == expected
    with pytest.raises(SearchError, match="A quote in a text is written"):
        parse("tags.a = 'it''s'")
    assert parse("tags.a = ''") == Comparison(Field("tags", "a"), "=", ("",))
