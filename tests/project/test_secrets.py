"""No secret is left in clear in anything that Treadle keeps of a project, prints or logs."""

import ast
import base64
import bz2
import contextlib
import gzip
import io
import lzma
import os
import pickle
import random
import re
import shutil
import sqlite3
import tarfile
import zipfile
import zlib

import msgspec
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.projects import commit, git, write_project

from treadle.engine.ledger import Ledger
from treadle.engine.parameter_text import write_parameter
from treadle.provenance.binary_secrets import SearchError, has_secret, is_text
from treadle.provenance.changes import read_changes, read_files

SECRETS = {
    "named": "hunter2-named-parameter",
    "nested": "nested-frobnicate-9",
    "number": "8675309123",
    "user": "s3cretUserinfo",
    "slash": "pa/sl4sh",
    "credential": "xyzzy-plugh-credential",
    "environment": "env-value-0123456789",
    "github": "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "openai": "sk-abcdefghijklmnopqrstuvwxyz0123",
    "aws": "AKIAIOSFODNN7EXAMPLE",
    "slack": "xoxb-1234567890-abcdefghij",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
    "pem": "MIIEpAIBAAKCAQEA7bq0Jt5Nn1",
    "literal": "c0rrect-horse-battery",
    "typed": "typed-on-the-line-77",
    "thrown": "xoxp-9999999999-thrownaway",
}

PEM = "-----BEGIN RSA PRIVATE KEY-----\\n{pem}\\n-----END RSA PRIVATE KEY-----"

NODES = (
    '''
import logging, os
from treadle import node, pipeline

GITHUB = "{github}"
OPENAI = "{openai}"
AWS = "{aws}"
SLACK = "{slack}"
JWT = "{jwt}"
KEY = """'''
    + PEM
    + '''"""
DB_PASSWORD = "{literal}"


def make(parameters, fail: bool):
    print(parameters, GITHUB, OPENAI, AWS, SLACK, JWT, len(DB_PASSWORD))
    print(KEY)
    print("environment", os.environ["SERVICE_TOKEN"])
    logging.getLogger("own").warning("%s %s", parameters, os.environ["SERVICE_TOKEN"])
    if fail:
        raise ValueError(f"no {{parameters}} {{os.environ['SERVICE_TOKEN']}} {thrown}")
    return {{"a": 1}}


def create_pipeline():
    return pipeline([node(make, ["parameters", "params:fail"], "made", cache=True)])
'''
)

PARAMETERS = """
fail: false
depth: 3
api_key: {named}
services: {{mail: {{password: {nested}}}}}
pin: {{secret: {number}}}
ghp: {github}
database: postgresql://ada:{user}@host/db
other: postgresql+psycopg://ada:{slash}@host/db
plain: sqlite:///data/x.db
"""

CATALOG = """
made: {{type: json, filepath: data/made.json}}
away: {{type: csv, filepath: "s3://ada:{user}@bucket/x.csv"}}
table: {{type: sql_table, table: t, credentials: db}}
"""


def every_form(content):
    """Return what a file holds, with what is packed in it."""
    yield content
    for found in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", content):
        try:
            yield zlib.decompressobj().decompress(content[found.start() :])
        except zlib.error:
            continue


def secrets_in(folder):
    found = set()
    for path in folder.rglob("*"):
        for form in every_form(path.read_bytes()) if path.is_file() else ():
            for name, secret in SECRETS.items():
                packed = base64.b64encode(secret.encode())[:-4]
                if secret.encode() in form or packed in form or secret.encode("utf-16-le") in form:
                    found.add((name, path.relative_to(folder).as_posix()))
        if path.suffix == ".db":
            with sqlite3.connect(path) as connection:
                dump = "\n".join(connection.iterdump())
            found |= {(name, f"{path.name} (dump)") for name in SECRETS if SECRETS[name] in dump}
    return found


@pytest.fixture
def project(tmp_path, treadle):
    folder = tmp_path / "project"
    write_project(
        folder,
        NODES.format(**SECRETS),
        {
            "conf/base/parameters.yml": PARAMETERS.format(**SECRETS),
            "conf/base/catalog.yml": CATALOG.format(**SECRETS),
            "conf/local/credentials.yml": "db: {{con: sqlite:///data/x.db}}\n"
            "web: {{key: {credential}}}\n".format(**SECRETS),
        },
    )

    def run(*arguments):
        return treadle(
            *arguments, cwd=folder, environment={"SERVICE_TOKEN": SECRETS["environment"]}
        )

    return folder, run


@pytest.mark.parametrize("kept", ["files", "patch"])
def test_no_secret_is_in_clear_in_any_file(project, kept):
    folder, treadle = project
    if kept == "patch":
        (folder / ".gitignore").write_text("conf/local/\n.treadle/\n")
        commit(folder)
        nodes = folder / "src/small/pipelines/main.py"
        nodes.write_text(nodes.read_text().replace(SECRETS["github"], SECRETS["github"] + "x"))
    runs = [
        treadle("run", "--params", f"db_password={SECRETS['typed']}"),
        treadle("run", "--verbose", "--params", f"fail=true,db_password={SECRETS['typed']}"),
    ]
    assert [one.code for one in runs] == [0, 1], runs
    shown = [
        treadle(*words.split())
        for words in (
            "plan",
            "runs",
            "runs show latest",
            "runs show latest --json",
            "runs logs latest",
            "catalog show away",
            "catalog show table",
        )
    ]
    # What a node prints is shown in the terminal as it is; what Treadle says is not.
    for text in [*(one.err for one in runs), *(one.err + one.out for one in shown)]:
        assert [name for name, secret in SECRETS.items() if secret in text] == []
    assert secrets_in(folder / ".treadle") == set()
    assert "sqlite:///data/x.db" in treadle("runs", "show", "latest", "--json").out


def test_a_plan_says_that_a_secret_changed_and_not_what_it_is(project):
    _, treadle = project
    assert treadle("run").code == 0
    again = treadle("run", "--params", f"api_key={SECRETS['typed']}")
    assert again.code == 0
    why = treadle("why", "make", "--params", "api_key=yet-another-1")
    assert 'parameter "api_key" changed (its value is a secret)' in why.out, why
    why = treadle("why", "make", "--params", "depth=4")
    assert 'parameter "depth": 3 → 4' in why.out, why
    assert "reuse" in treadle("plan").out


def test_the_ledger_of_an_older_version_loses_its_secrets_and_keeps_the_rest(project):
    folder, treadle = project
    assert treadle("run").code == 0
    path = folder / ".treadle" / "ledger.db"
    with sqlite3.connect(path) as connection:
        ((content,),) = connection.execute("SELECT content FROM node").fetchall()
        old = re.sub(
            rb"\*\*\* \(secret [0-9a-f]{16}\)", lambda m: b"hunter2".ljust(len(m[0]), b"0"), content
        )
        assert b"hunter2" in old
        connection.execute("DROP INDEX node_with_log")
        connection.execute("ALTER TABLE node DROP COLUMN logged")  # as version 1 was
        connection.execute("UPDATE node SET content = ?", (old,))
        entry = msgspec.msgpack.decode(content)
        entry["parts"]["params"] = {"params:depth": "3"}
        connection.execute(
            "INSERT INTO node VALUES ('other', 'k', 1.0, ?)", (msgspec.msgpack.encode(entry),)
        )
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    Ledger(path).close()
    assert b"hunter2" not in path.read_bytes()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM node").fetchall() == [("other",)]


def test_a_patch_with_secrets_is_kept_as_masked_files_and_still_applies(tmp_path):
    folder = tmp_path / "repository"
    folder.mkdir()
    for name in ("a.py", "b.py", "gone.py", "ö ü.py"):
        (folder / name).write_text(
            f"KEY = '{SECRETS['github']}'\n" if name != "b.py" else "x = 1\n"
        )
    commit(folder)
    (folder / "a.py").write_text(
        f"y = 2\nKEY = '{SECRETS['github']}'\n"
    )  # a context line of the patch
    (folder / "b.py").write_text("x = 2\n")
    (folder / "gone.py").unlink()
    (folder / "ö ü.py").write_text("nothing any more\n")
    changes = read_changes(folder)
    assert changes.omitted == [
        "the deletion of gone.py: it had secrets in it",
        "the secrets in a.py: *** is in their place",
    ]
    assert SECRETS["github"].encode() not in changes.patch + changes.files
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(folder), str(clone))
    git(clone, "apply", "--binary", "-", input=changes.patch)
    assert (clone / "b.py").read_text() == "x = 2\n"
    with tarfile.open(fileobj=io.BytesIO(changes.files)) as archive:
        kept = {one.name: archive.extractfile(one).read() for one in archive}
    assert kept == {"a.py": b"y = 2\nKEY = '***'\n", "ö ü.py": b"nothing any more\n"}


def test_a_reproduction_says_which_secrets_its_code_has_not(project):
    _, treadle = project
    assert treadle("run").code == 0
    done = treadle("reproduce", "latest", "--this-environment")
    said = done.out + done.err
    assert "the secrets in src/small/pipelines/main.py: *** is in their place" in said, done


def test_the_command_line_of_a_script_is_recorded_without_its_secrets(tmp_path, treadle):
    (tmp_path / "script.py").write_text("import sys; print(len(sys.argv))")
    done = treadle("run", "script.py", "--", "--api-key", SECRETS["literal"], "--depth", "3")
    assert done.code == 0, done
    assert secrets_in(tmp_path / ".treadle") == set()
    assert "--depth" in treadle("runs", "show", "latest", "--json").out


@pytest.mark.parametrize(
    "value",
    [
        {"password": "hunter2-x", 1: 2},
        {"a": [{"api_key": ("hunter2-x",)}]},
        {1: {"db": {"token": {"inner": "hunter2-x"}}}},
        [{"password": {"hunter2-x"}}],
    ],
)
def test_a_written_parameter_has_no_secret_however_it_is_nested(value):
    first = write_parameter("params:services", value)
    assert "hunter2-x" not in first
    other = ast.literal_eval(repr(value).replace("hunter2-x", "hunter2-y"))
    assert write_parameter("params:services", other) != first


def make_database(secret):
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE t (a TEXT)")
        connection.execute("INSERT INTO t VALUES (?)", (secret,))
        connection.commit()
        return connection.serialize()


def make_zip(content, name="a.txt", kind=zipfile.ZIP_DEFLATED, after=b""):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        archive.writestr(name, content)
        if after:
            archive.writestr("after.txt", after)
    return buffer.getvalue()


def make_excel(secret):
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    book.active["A1"] = secret
    book.save(buffer)
    return buffer.getvalue()


PACKINGS = {
    "pickle": lambda text: pickle.dumps({"key": text, "n": 300}),
    "database": make_database,
    "zip": make_zip,
    "excel": make_excel,
    "zip in zip": lambda text: make_zip(make_zip(text), "inner.zip"),
    "gzip": lambda text: gzip.compress(text.encode() * 3),
    "zipapp": lambda text: b"#!/usr/bin/env python3\n" + make_zip(text, "__main__.py"),
    "program with a zip": lambda text: b"#!/bin/sh\n" * 1000 + make_zip(text),
    "gzip after an empty one": lambda text: gzip.compress(b"") + gzip.compress(text.encode()),
    "two gzips": lambda text: gzip.compress(b"first") + gzip.compress(text.encode()),
    "bzip2": lambda text: bz2.compress(text.encode()),
    "xz": lambda text: lzma.compress(text.encode()),
    "tar.gz": lambda text: gzip.compress(b"\0" * 512 + text.encode() + b"\0" * 600),
    "zlib somewhere": lambda text: (
        b"%PDF\0" + b"x" * 70_000 + zlib.compress(text.encode()) + b"end"
    ),
    "utf-16": lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
    "utf-16, odd": lambda text: b"\0\1\2" + text.encode("utf-16-be"),
}


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_secret_in_a_binary_file_is_found(packing):
    make = PACKINGS[packing]
    assert not is_text(make(f"KEY = '{SECRETS['github']}'"))
    assert has_secret(make(f"KEY = '{SECRETS['github']}'"))
    assert not has_secret(make("KEY = 'nothing of interest'"))


KINDS = {"deflate": zipfile.ZIP_DEFLATED, "bzip2": zipfile.ZIP_BZIP2, "lzma": zipfile.ZIP_LZMA}


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_member_of_a_zip_hides_no_other(kind):
    content = bytearray(make_zip(bytes(range(256)) * 9, kind=KINDS[kind], after=SECRETS["aws"]))
    content[60:90] = b"\xff" * 30
    with zipfile.ZipFile(io.BytesIO(content)) as archive, pytest.raises(Exception):  # noqa: B017
        archive.read("a.txt")
    assert has_secret(bytes(content))


@pytest.mark.parametrize("stream", [gzip.compress, bz2.compress])
def test_a_stream_is_searched_up_to_its_damage(stream):
    noise = random.Random(0).randbytes(1 << 20)
    content = bytearray(stream(SECRETS["aws"].encode() + noise))
    content[-20_000:-19_000] = b"\0" * 1000
    assert has_secret(bytes(content))


CONTENTS = {
    **{f"zip, {name}": make_zip(b"a" * 99, kind=kind) for name, kind in KINDS.items()},
    **{name: PACKINGS[name]("b" * 99) for name in ("gzip", "bzip2", "xz", "zlib somewhere")},
}


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(list(CONTENTS)), st.floats(0, 1), st.binary(min_size=1, max_size=8))
def test_a_search_ends_with_an_answer_or_a_reason_whatever_is_damaged(kind, where, damage):
    content = bytearray(CONTENTS[kind])
    place = int(where * len(content))
    content[place : place + len(damage)] = damage
    try:
        assert has_secret(bytes(content)) in (True, False)
    except SearchError as error:
        assert "searched for secrets" in str(error)


def test_a_run_goes_on_with_a_damaged_archive_beside_its_code(tmp_path, treadle):
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "s.py").write_text("import treadle\ntreadle.log_metric('m', 1.0)\n")
    commit(folder)
    content = bytearray(make_zip(bytes(range(256)) * 9, kind=zipfile.ZIP_LZMA))
    content[60:90] = b"\xff" * 30
    (folder / "damaged.zip").write_bytes(content)
    done = treadle("run", "s.py", cwd=folder)
    assert (done.code, "Traceback" in done.err) == (0, False), done
    assert "code/untracked.tar" in treadle("runs", "artifacts", "latest", cwd=folder).out


def test_a_patch_is_stored_as_it_was_searched(tmp_path):
    """Git is asked for each patch once, so that none can be another one than what was searched."""
    folder = tmp_path / "repository"
    folder.mkdir()
    contents = {"a.bin": b"\0one", "b.bin": b"\0two", "c.txt": b"three\n"}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    commit(folder)
    for name, content in contents.items():
        (folder / name).write_bytes(content + content)
    log = tmp_path / "asked"
    own = tmp_path / "bin"
    own.mkdir()
    (own / "git").write_text(f'#!/bin/sh\necho "$*" >> {log}\nexec {shutil.which("git")} "$@"\n')
    (own / "git").chmod(0o755)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PATH", f"{own}{os.pathsep}{os.environ['PATH']}")
        changes = read_changes(folder)
    asked = [line for line in log.read_text().splitlines() if " diff --binary " in line]
    assert len(asked) == 4
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(folder), str(clone))
    git(clone, "apply", "--binary", "-", input=changes.patch)
    assert {name: (clone / name).read_bytes() for name in contents} == {
        name: content + content for name, content in contents.items()
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_cannot_be_read_is_left_out(tmp_path):
    (tmp_path / "a.py").write_text("a = 1\n")
    (tmp_path / "closed.py").write_text("b = 1\n")
    (tmp_path / "closed.py").chmod(0)
    changes = read_files(tmp_path, [tmp_path])
    assert changes.omitted == ["closed.py: it cannot be read: Permission denied"]


def test_shapes_of_secrets_in_binary_files_are_compiled_once(monkeypatch):
    content = b"\0" + SECRETS["aws"].encode()
    assert has_secret(content)
    compiled = []
    compile_one = re.compile

    def count(*row):
        compiled.append(row)
        return compile_one(*row)

    monkeypatch.setattr(re, "compile", count)
    assert has_secret(content)
    assert compiled == []


def test_what_cannot_be_looked_through_is_told(tmp_path):
    bomb = make_zip(b"\0" * (65 << 20))
    with pytest.raises(SearchError, match="too much packed"):
        has_secret(bomb)
    (tmp_path / "bomb.zip").write_bytes(bomb)
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04 and nothing more")
    changes = read_files(tmp_path, [tmp_path])
    assert changes.omitted == ["bomb.zip: it has too much packed in it to be searched for secrets"]


@pytest.mark.parametrize("packing", ["pickle", "database", "zip", "excel", "gzip", "utf-16"])
def test_a_file_with_a_packed_secret_is_not_kept(tmp_path, packing):
    make = PACKINGS[packing]
    secret, after, new, two = map(make, (SECRETS["openai"], "after", "new", "two"))
    folder = tmp_path / "repository"
    folder.mkdir()
    before = make("before")
    (folder / "tracked.bin").write_bytes(before)
    (folder / "cleaned.bin").write_bytes(secret)
    (folder / "changed.bin").write_bytes(make("one"))
    commit(folder)
    (folder / "tracked.bin").write_bytes(secret)
    (folder / "cleaned.bin").write_bytes(after)
    (folder / "changed.bin").write_bytes(two)
    (folder / "new.bin").write_bytes(secret)
    (folder / "harmless.bin").write_bytes(new)
    reason = "it has secrets in it, and is a binary file, in which they cannot be masked"
    changes = read_changes(folder)
    assert changes.omitted == [f"new.bin: {reason}", f"tracked.bin: {reason}"]
    with tarfile.open(fileobj=io.BytesIO(changes.files)) as archive:
        kept = {one.name: archive.extractfile(one).read() for one in archive}
    assert kept == {"cleaned.bin": after, "harmless.bin": new}
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(folder), str(clone))
    git(clone, "apply", "--binary", "-", input=changes.patch)
    assert (clone / "changed.bin").read_bytes() == two
    assert (clone / "tracked.bin").read_bytes() == before
    alone = read_files(folder, [folder])
    assert [one for one in alone.omitted if one.startswith(("new", "tracked"))] == changes.omitted


def test_a_reproduction_says_which_files_were_not_kept(project):
    folder, treadle = project
    (folder / "src/small/table.bin").write_bytes(make_database(SECRETS["aws"]))
    assert treadle("run").code == 0
    assert secrets_in(folder / ".treadle") == set()
    done = treadle("reproduce", "latest", "--this-environment")
    assert "src/small/table.bin: it has secrets in it" in done.out + done.err, done
