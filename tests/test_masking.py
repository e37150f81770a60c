import pytest

from treadle.masking import MASK, is_secret_name, mask, mask_tree, remember_named_secrets, remember_secrets


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("password", True), ("db.password", True), ("API_KEY", True), ("api-key", True), ("aws_secret_access_key", True),
        ("token", True), ("hf_token", True), ("sas_token", True), ("max_tokens", False), ("tokenizer", False),
        ("secretary", False), ("key", False), ("keys", False), ("passwords_checked", False), ("author", False),
    ],
)  # fmt: skip
def test_names(name, secret):
    assert is_secret_name(name) is secret
    assert (mask("value", key=name) == MASK) is secret
    assert mask(None, key=name) is None


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("postgresql://ada:lovelace@host/db", "postgresql://***@host/db"),
        ("https://ghp_abcdefghijklmnopqrstuvwxyz0123456789@github.com", "https://***@github.com"),
        ("key AKIAIOSFODNN7EXAMPLE.", "key ***."),
        ("use sk-abcdefghijklmnopqrstuvwxyz", "use ***"),
        ("--password=hunter2 --depth=3", "--password=*** --depth=3"),
        ("token: abc, next", "token: ***, next"),
        ("MY-API-KEY : 'a b', then", "MY-API-KEY : ***, then"),
        (
            "https://ada:hf_abcdefghijklmnopqrstuvwxyz012345@host and https://eve:x@host",
            "https://***@host and https://***@host",
        ),
        ("eyJhbGciOiJIUzI1.eyJzdWIiOiJ-AKIAIOSFODNN7EXAMPLE-and-more.dozjgNryP4J3", "***"),
        ("task-" * 100, "task-" * 100),
        ("İ" * 3 + " Password=hunter2", "İİİ Password=***"),  # longer in lower case
        ('db_password="a b c"', "db_password=***"),
        ("http://host:5000/path", "http://host:5000/path"),
        ("max_tokens=5", "max_tokens=5"),
        ("plain text: nothing", "plain text: nothing"),
    ],
)
def test_shapes(text, masked):
    assert mask(text) == masked


def test_values_of_credentials_are_known_from_then_on():
    remember_secrets({"db": {"user": "adalovelace", "host": "db.example.org", "pin": "1234", "pass": ["xyzzy-plugh"]}})
    assert mask("adalovelace at db.example.org says xyzzy-plugh") == "adalovelace at db.example.org says ***"
    remember_named_secrets({"a": [{"service_token": "frobnicate-1"}], "plain": "visible-text"})
    assert mask("frobnicate-1 visible-text") == "*** visible-text"


def test_trees():
    tree = {"db": {"password": "x", "url": "s3://k:v@b"}, "token": {"a": 1}, "list": ["s3://k:v@b", 5], "n": 5}
    assert mask_tree(tree) == {
        "db": {"password": MASK, "url": "s3://***@b"}, "token": MASK, "list": ["s3://***@b", 5], "n": 5,
    }  # fmt: skip
