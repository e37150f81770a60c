"""Parameters given on the command line."""

import pytest

from treadle.config.overrides import parse_overrides


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ('flt="x=1,y=2"', {"flt": "x=1,y=2"}),
        ("title='a, b=c',n=2", {"title": "a, b=c", "n": 2}),
        (r'flt="say \"x\",y=2",n=1', {"flt": 'say "x",y=2', "n": 1}),
        ("t='it''s, b=c', n=1", {"t": "it's, b=c", "n": 1}),
        ("rows=[a,{b: 'x],c=1'}],n=2", {"rows": ["a", {"b": "x],c=1"}], "n": 2}),
        ('m={a: "x,b=1", c: [1,2]},n=2', {"m": {"a": "x,b=1", "c": [1, 2]}, "n": 2}),
        ("text=it's,n=1,other=don't", {"text": "it's", "n": 1, "other": "don't"}),
        ("a=1,b=2", {"a": 1, "b": 2}),
        ("a=x,y,b=2", {"a": "x,y", "b": 2}),
        ("words=f[x,n=1", {"words": "f[x", "n": 1}),
    ],
)
def test_commas_in_quotes_and_brackets_do_not_separate(text, tree):
    assert parse_overrides([text]).tree == tree
