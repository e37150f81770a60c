import pytest

from treadle.masking import (
    MASK,
    LineMask,
    is_secret_name,
    mask,
    mask_content,
    mask_tree,
    open_text,
    remember_addresses,
    remember_environment,
    remember_named_secrets,
    remember_secrets,
    seal,
)


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("password", True),
        ("db.password", True),
        ("API_KEY", True),
        ("api-key", True),
        ("aws_secret_access_key", True),
        ("token", True),
        ("hf_token", True),
        ("sas_token", True),
        ("max_tokens", False),
        ("tokenizer", False),
        ("secretary", False),
        ("key", False),
        ("keys", False),
        ("passwords_checked", False),
        ("author", False),
    ],
)
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
        ("{'password': 'hunter2', 'user': 'ada'}", "{'password': ***, 'user': 'ada'}"),
        ("postgresql://ada:p@ss@host/db", "postgresql://***@host/db"),
        ("postgresql://ada:pa/ss@host/db", "postgresql://***@host/db"),
        ("postgresql://host:5432/db?name=a@b", "postgresql://host:5432/db?name=a@b"),
        ("https://0123456789abcdef0123456789abcdef@host/1", "https://***@host/1"),
        ("ssh://git@host/a and git@host:a", "ssh://git@host/a and git@host:a"),
        ("sqlite:///data/x.db", "sqlite:///data/x.db"),
        ("GET /x?X-Amz-Signature=0a1b2c&b=1", "GET /x?X-Amz-Signature=***&b=1"),
        ("'Authorization': 'Basic dXNlcjpwYXNzd29yZA=='", "'Authorization': 'Basic ***'"),
        ("Bearer 0123456789abcdef", "Bearer ***"),
        ("train.py --api-key abc --depth 3", "train.py --api-key *** --depth 3"),
        ("train.py --db-password 'a b' x", "train.py --db-password *** x"),
        ("train.py --max-tokens 5 --token-type b", "train.py --max-tokens 5 --token-type b"),
        ("train.py --token --depth 3", "train.py --token --depth 3"),
        ("the bearer authentication", "the bearer authentication"),
        ("a -----BEGIN PRIVATE KEY-----\nx\ny\n-----END PRIVATE KEY----- b", "a *** b"),
        ("-----BEGIN PRIVATE KEY-----\nx\nand no end", "***"),
    ],
)
def test_shapes(text, masked):
    assert mask(text) == masked


def test_values_of_credentials_are_known_from_then_on():
    remember_secrets(
        {
            "db": {
                "user": "adalovelace",
                "host": "db.example.org",
                "pin": "1234",
                "pass": ["xyzzy-plugh"],
            }
        }
    )
    assert (
        mask("adalovelace at db.example.org says xyzzy-plugh")
        == "adalovelace at db.example.org says ***"
    )
    remember_named_secrets({"a": [{"service_token": "frobnicate-1"}], "plain": "visible-text"})
    assert mask("frobnicate-1 visible-text") == "*** visible-text"


def test_trees():
    tree = {
        "db": {"password": "x", "url": "s3://k:v@b"},
        "token": {"a": 1},
        "list": ["s3://k:v@b", 5],
        "n": 5,
    }
    assert mask_tree(tree) == {
        "db": {"password": MASK, "url": "s3://***@b"},
        "token": MASK,
        "list": ["s3://***@b", 5],
        "n": 5,
    }


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("sqlite:///data/x.db", "sqlite:///data/x.db"),
        ("postgresql://ada:lovelace@host/db", "postgresql://***@host/db"),
        ("https://hooks.example.org/services/abc", MASK),
        ("Driver=x;Server=y;Pwd=z", MASK),
    ],
)
def test_of_a_connection_string_only_the_secrets_are_masked(value, shown):
    assert mask(value, "con_str") == shown


def test_a_database_without_a_secret_stays_readable():
    remember_secrets({"db": {"con": "sqlite:///data/untouched.db"}})
    assert (
        mask("no table in sqlite:///data/untouched.db") == "no table in sqlite:///data/untouched.db"
    )


@pytest.mark.parametrize("password", ["p%40ssw%2Frd", "plain-userinfo-1", "qu'ote\\back"])
def test_a_password_of_an_address_is_known_without_the_address(password):
    remember_addresses(f"s3://{password}x:{password}@bucket/key")
    quoted = password.replace("%40", "@").replace("%2F", "/")
    for text in (
        password,
        quoted,
        repr(password),
        f'Invalid bucket name "{password}x:{password}@bucket"',
    ):
        assert password not in mask(f"said: {text}"), text
        assert quoted not in mask(f"said: {text}"), text


def test_a_secret_in_another_one_hides_none_of_that():
    remember_secrets({"a": "inner-secret", "b": "inner-secret-and-more"})
    assert mask("inner-secret-and-more inner-secret") == "*** ***"


def test_secrets_of_the_environment(monkeypatch, tmp_path):
    key = tmp_path / "key-file"
    key.touch()
    for name, value in {
        "SERVICE_TOKEN": "environ-0123456",
        "GOOGLE_APPLICATION_CREDENTIALS": str(key),
        "MY_SECRET": "short",
        "SOME_TOKEN": "enabledhere",
        "DATABASE_URL": "postgresql://a:from-environ@h/d",
    }.items():
        monkeypatch.setenv(name, value)
    remember_environment()
    text = f"environ-0123456 {key} short enabledhere from-environ"
    assert mask(text) == f"*** {key} short enabledhere ***"


@pytest.mark.parametrize(
    ("code", "masked"),
    [
        (b'API_KEY = "k3y-of-mine-alone"', b'API_KEY = "***"'),
        (b"password: str = 'hunter2-hunter2'", b"password: str = '***'"),
        (b"db_password: hunter2-hunter2  # mine\nx: 1", b"db_password: ***  # mine\nx: 1"),
        (b"password = ask_for(name1)", b"password = ask_for(name1)"),
        (b"token = tokens[0]; token: Token1", b"token = tokens[0]; token: Token1"),
        (
            b'eos_token = "<|im_end1|>"; pad_token = "[PAD]"',
            b'eos_token = "<|im_end1|>"; pad_token = "[PAD]"',
        ),
        (b'url = f"postgresql://{user}@{host}/db"', b'url = f"postgresql://{user}@{host}/db"'),
        (b'U = "postgresql://ada:lovelace@h/db"', b'U = "postgresql://***@h/db"'),
        (b"\xff\xfe ghp_abcdefghijklmnopqrstuvwxyz0123456789 \x00\xe9", b"\xff\xfe *** \x00\xe9"),
    ],
)
def test_files_of_code(code, masked):
    assert mask_content(code) == masked


def test_sealed_secrets_can_be_compared_and_not_read():
    first, second = seal({"password": "a" * 8, "n": 1}), seal({"password": "b" * 8, "n": 1})
    assert first["n"] == second["n"] == 1
    assert first != second
    assert seal({"password": "a" * 8, "n": 1}) == first
    assert open_text(first["password"]) == open_text(second["password"]) == MASK
    assert seal("postgresql://a:b@h") != seal("postgresql://a:c@h")
    assert open_text(seal("postgresql://a:b@h")) == "postgresql://***@h"


def test_a_key_that_is_printed_line_by_line():
    lines = LineMask()
    text = ["a", "-----BEGIN RSA PRIVATE KEY-----", "abc", "-----END RSA PRIVATE KEY-----", "z"]
    assert [lines.mask(line) for line in text] == ["a", MASK, MASK, MASK, "z"]


@pytest.mark.parametrize(
    "text",
    [
        "a.b-" * 50_000 + "://",
        "x" * 200_000 + "password",
        "://" + "a:" * 50_000,
        " \n" * 50_000 + "token",
    ],
    ids=["names", "word", "colons", "lines"],
)
def test_masking_takes_the_time_of_a_text_and_not_of_its_square(text):
    mask(text)  # a square would be minutes
    mask_content(text.encode())
    remember_addresses(text + ";")
