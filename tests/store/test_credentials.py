"""A token goes to its own server only."""

import contextlib
import http.server
import os
import pickle
import socket
import struct
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from ctypes.util import find_library
from multiprocessing import get_context

import pytest
from tests.servers import serving

import treadle as library
from treadle.errors import AccessError, ConfigError, StoreError
from treadle.store import locate_store
from treadle.store.connect import connect_team_store
from treadle.store.http.credentials import list_servers, name_server, store_token
from treadle.tracking import choose_location
from treadle.user_folder import read_key, user_folder


class Recording(http.server.ThreadingHTTPServer):
    answer = (200, b"")
    target = ""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.seen = []


class Listener(http.server.BaseHTTPRequestHandler):
    """Answers as a Treadle server without users does, and keeps what it is sent."""

    server: Recording

    def do_GET(self):
        self.server.seen.append(dict(self.headers))
        self.rfile.read(int(self.headers.get("content-length", 0)))
        status, body = self.server.answer
        self.send_response(status)
        if status == 307:
            self.send_header("location", self.server.target + self.path)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def listening(answer=(200, b"\x90"), target=""):
    server = Recording(("127.0.0.1", 0), Listener)
    server.answer, server.target = answer, target
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def tokens(server):
    return {one.get("authorization", one.get("Authorization")) for one in server.seen}


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TREADLE_CONFIG_DIR", str(tmp_path / "user"))


@pytest.fixture
def team(treadle, tmp_path):
    """The address of a server with a user, and her token."""
    place = str(tmp_path / "team.db")
    assert (
        treadle(
            "server", "--store", place, "user", "add", "ada", "--role", "admin", "--password", ""
        ).code
        == 0
    )
    token = treadle("server", "--store", place, "token", "create", "ada").out.strip()
    with serving(place) as address:
        yield address, token


def write_project(folder, store):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "cloned"\n[tool.treadle]\npackage = "cloned"\nstore = "{store}"\n'
    )
    return folder


@pytest.mark.parametrize(
    "command", [["runs"], ["sync"], ["doctor"], ["experiments"], ["export", "x.csv"]], ids=str
)
def test_a_server_that_a_project_names_gets_no_token(tmp_path, treadle, command):
    with listening() as (server, address):
        clone = write_project(tmp_path / "clone", address)
        treadle(*command, cwd=clone, environment={"TREADLE_TOKEN": "trd_mine"})
        assert server.seen
        assert tokens(server) == {None}


def test_a_script_in_a_cloned_project_sends_no_token(tmp_path, treadle):
    with listening() as (server, address):
        clone = write_project(tmp_path / "clone", address)
        (clone / "train.py").write_text(
            "import pickle, treadle\n"
            "with treadle.start_run('r') as run:\n"
            "    run.log_metric('m', 1.0)\n"
            "    pickle.loads(pickle.dumps(run)).log_metric('n', 1.0)\n"
            "try:\n"
            "    run.load_artifact('x.txt')\n"
            "except treadle.TreadleError:\n"
            "    pass\n"
        )
        treadle("run", "train.py", cwd=clone, environment={"TREADLE_TOKEN": "trd_mine"})
        assert server.seen
        assert tokens(server) == {None}


def test_a_program_of_a_cloned_project_gets_no_tokens_of_other_servers(tmp_path, treadle):
    program = tmp_path / "program"
    program.mkdir()
    (program / "MLproject").write_text(
        "name: x\nentry_points:\n  main:\n    command: python show.py\n"
    )
    (program / "show.py").write_text(
        "import os\nprint({name: os.environ.get(name) for name in"
        " ('TREADLE_TOKEN', 'MLFLOW_TRACKING_TOKEN', 'MLFLOW_TRACKING_PASSWORD')})\n"
    )
    given = {
        "TREADLE_TOKEN": "trd_mine",
        "MLFLOW_TRACKING_URI": "https://mlflow.example.org",
        "MLFLOW_TRACKING_TOKEN": "ml_mine",
        "MLFLOW_TRACKING_PASSWORD": "ml_password",
    }
    with serving(tmp_path / "open.db") as address:
        clone = write_project(tmp_path / "clone", address)
        done = treadle("project", "run", str(program), "--here", cwd=clone, environment=given)
        assert done.code == 0, done
        assert (
            "'TREADLE_TOKEN': None, 'MLFLOW_TRACKING_TOKEN': None, 'MLFLOW_TRACKING_PASSWORD': None"
            in done.out
        )
        done = treadle(
            "project", "run", str(program), "--here", "--store", address, environment=given
        )
        assert "'TREADLE_TOKEN': 'trd_mine', 'MLFLOW_TRACKING_TOKEN': 'trd_mine'" in done.out


def test_the_token_of_one_server_is_not_sent_to_another(team, treadle):
    address, token = team
    given = {"TREADLE_STORE": address, "TREADLE_TOKEN": token}
    with listening() as (other, there):
        treadle("runs", "--store", there, environment=given)
        assert tokens(other) == {None}
    assert treadle("runs", environment=given).code == 0
    done = treadle(
        "runs", "--store", address, environment={**given, "TREADLE_STORE": "https://other.example"}
    )
    assert (done.code, "TREADLE_STORE names another server" in done.err) == (8, True), done


@pytest.mark.parametrize(
    "named", [{}, {"MLFLOW_TRACKING_URI": "{address}/"}, {"MLFLOW_TRACKING_URI": "mlruns"}], ids=str
)
def test_an_import_sends_the_token_of_the_server_only(treadle, named):
    with listening((401, b"{}")) as (server, address), listening((401, b"{}")) as (other, there):
        given = {name: text.format(address=address) for name, text in named.items()} | {
            "MLFLOW_TRACKING_TOKEN": "ml"
        }
        treadle("import", "mlflow", address, environment=given)
        assert tokens(server) == {"Bearer ml"}
        done = treadle(
            "import", "mlflow", there, environment={**given, "MLFLOW_TRACKING_URI": address}
        )
        assert tokens(other) == {None}
        assert "MLFLOW_TRACKING_URI names another server" in done.err, done


@pytest.mark.parametrize(
    ("named", "sent"),
    [
        ({}, b""),
        ({"PGREQUIREAUTH": ""}, b""),
        ({"TREADLE_STORE": "{store}"}, b"my-own-password"),
        ({"TREADLE_STORE": "{store}", "PGREQUIREAUTH": "!password"}, b""),  # as a program is told
        ({"TREADLE_STORE": "{store}", "user": "ada:of-the-team"}, b"of-the-team"),
        ({"user": "ada:of-the-team"}, b"of-the-team"),
    ],
    ids=str,
)
@pytest.mark.parametrize("library", ["binary", "python"])
def test_the_password_of_postgresql_is_not_sent_in_clear(tmp_path, treadle, named, sent, library):
    """To a server that asks for it so; those of a team ask for a proof that they know it already.

    The libpq of the machine may be one before 16, which cannot be told how to sign in.
    """
    if library == "python" and find_library("pq") is None:
        pytest.skip("This machine has no libpq of its own.")
    received = []

    def answer(connection):
        connection.recv(8)  # asks for encryption, which is refused
        connection.sendall(b"N")
        connection.recv(4096)
        connection.sendall(b"R" + struct.pack(">ii", 8, 3))
        received.append(connection.recv(4096))
        connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: answer(listener.accept()[0]), daemon=True)
        thread.start()
        named = dict(named)
        user = named.pop("user", "ada")
        store = f"postgresql://{user}@127.0.0.1:{listener.getsockname()[1]}/runs"
        clone = write_project(tmp_path / "clone", store)
        given = {"PGPASSWORD": "my-own-password", "PSYCOPG_IMPL": library}
        given |= {name: value.format(store=store) for name, value in named.items()}
        done = treadle("runs", cwd=clone, environment=given)
        thread.join(30)
    assert done.code == 8
    assert received[0][5:].rstrip(b"\0") == sent
    if not sent and "TREADLE_STORE" not in named:
        assert "PGPASSWORD is not sent" in done.err, done
        assert "name it by TREADLE_STORE or --store" in done.err


@pytest.mark.parametrize(
    ("named", "goes"),
    [
        ({"TREADLE_STORE": "{address}"}, True),
        ({"TREADLE_STORE": "{address}/"}, True),
        ({"TREADLE_TOKEN_SERVER": "{address}"}, True),
        ({"TREADLE_STORE": "{address}", "TREADLE_TOKEN_SERVER": "https://other.example"}, False),
        ({}, False),
    ],
    ids=["store", "store with a slash", "token server", "another token server", "nothing"],
)
def test_the_variable_goes_where_the_user_says(team, tmp_path, treadle, named, goes):
    address, token = team
    clone = write_project(tmp_path / "clone", address)
    given = {name: text.format(address=address) for name, text in named.items()}
    done = treadle("runs", cwd=clone, environment={"TREADLE_TOKEN": token, **given})
    assert done.code == (0 if goes else 8), done
    if not goes:
        assert "TREADLE_TOKEN was not sent, for" in done.err
        assert f"treadle login {address}" in done.err


def test_the_option_and_the_argument_name_a_server(team, treadle, monkeypatch):
    address, token = team
    assert treadle("runs", "--store", address, environment={"TREADLE_TOKEN": token}).code == 0
    monkeypatch.setenv("TREADLE_TOKEN", token)
    with library.start_run("far", store=address) as run:
        library.log_text("x", "a.txt")
        again = pickle.loads(pickle.dumps(run))
        again.log_metric("m", 1.0)
        again.end()
    assert run.load_artifact("a.txt") == "x"
    assert not choose_location().is_named


def test_logging_in_stores_a_token_for_one_server(team, tmp_path, treadle):
    address, token = team
    clone = write_project(tmp_path / "clone", address)

    def login(*arguments, given=""):
        process = subprocess.run(
            [sys.executable, "-m", "treadle", "login", *arguments],
            cwd=clone,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        return process.returncode, process.stdout, process.stderr

    assert treadle("runs", cwd=clone).code == 8
    assert f"treadle login {address}" in treadle("runs", cwd=clone).err
    code, _, said = login(address, given="trd_wrong\n")
    assert (code, "does not take this token" in said) == (8, True)
    assert login(address, given="\n")[0] == 3
    assert login(given=f"{token}\n") == (0, f"Logged in to {address}.\n", "")
    file = tmp_path / "user" / "credentials.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert treadle("runs", cwd=clone).code == 0
    assert login("--list")[1] == f"{address}\n"
    with listening() as (other, there):
        assert treadle("runs", cwd=write_project(tmp_path / "other", there)).code == 8
        assert tokens(other) == {None}
    assert treadle("logout", cwd=clone).code == 0
    assert treadle("runs", cwd=clone).code == 8
    done = treadle("logout", cwd=clone)
    assert (done.code, f"No token is stored for {address}." in done.err) == (8, True)
    assert "is not a server" in treadle("login").err


def test_logging_in_to_a_server_that_lets_everybody_in(tmp_path, treadle):
    with serving(tmp_path / "open.db") as address:
        assert "no token is needed" in treadle("login", address).out
    assert list_servers() == []
    done = treadle("login", address)
    assert (done.code, "does not answer" in done.err) == (8, True)


def test_logging_in_by_a_name_that_the_server_does_not_have(team, treadle):
    """Any other refusal than of the token is reported as the server words it."""
    address, token = team
    other = address.replace("127.0.0.1", "127.1")  # the same machine, by another name
    done = treadle("login", other)
    assert (done.code, "does not answer to the host '127.1:" in done.err) == (8, True), done
    assert "--allow-host" in done.err
    assert "token" not in done.err
    store_token(other, token)
    done = treadle("runs", "--store", other)
    assert (done.code, "--allow-host" in done.err) == (8, True), done


def test_an_answer_that_is_not_understood_is_said(tmp_path, treadle):
    with listening() as (_, address):
        done = treadle("runs", "--store", address)
    assert (done.code, "answers what this Treadle does not understand" in done.err) == (8, True)


def test_no_redirect_is_followed(tmp_path, treadle):
    with listening() as (other, there), listening((307, b""), there) as (first, address):
        done = treadle("runs", "--store", address, environment={"TREADLE_TOKEN": "trd_mine"})
        assert (done.code, "another address, which is not followed" in done.err) == (8, True)
        assert tokens(first) == {"Bearer trd_mine"}
        assert other.seen == []


def test_a_stored_token_that_ended_is_said(team, tmp_path, treadle):
    address, token = team
    store_token(name_server(address), token)
    store = connect_team_store(locate_store(tmp_path / "team.db"))
    for one in store.accounts.tokens():
        store.accounts.remove_token(one.id)
    store.close()
    done = treadle("runs", "--store", address)
    assert (done.code, "The stored token is not valid any more" in done.err) == (8, True)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://Runs.Example.org/", "https://runs.example.org"),
        ("https://runs.example.org:443/a/", "https://runs.example.org/a"),
        ("http://ada:x@[::1]:5000", "http://[::1]:5000"),
        ("HTTP://h:80", "http://h"),
    ],
)
def test_an_address_has_one_form(address, name):
    assert name_server(address) == name


@pytest.mark.parametrize("address", ["ftp://x", "x", "https://", "http://h:port", "http://h:99999"])
def test_what_is_not_the_address_of_a_server(address):
    with pytest.raises(StoreError):
        name_server(address)


COMMANDS = [["login"], ["logout"], ["runs", "--store"], ["import", "mlflow"]]


@pytest.mark.parametrize("address", ["http://ada:hunter2@[::1", "https://[abc]/", "http://h:port"])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_an_invalid_address_is_one_error(treadle, command, address):
    done = treadle(*command, address)
    assert done.code == 8, done
    assert done.err.startswith("Error: The address http")
    assert " is invalid: " in done.err
    assert "hunter2" not in done.err


@pytest.mark.parametrize("pool", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_tokens_that_are_stored_at_once_are_all_kept(pool):
    servers = [f"https://s{number:02}.example" for number in range(40)]
    options = {"mp_context": get_context("spawn")} if pool is ProcessPoolExecutor else {}
    with pool(4, **options) as at_once:
        list(at_once.map(store_token, servers, servers))
        assert list_servers() == servers
        list(at_once.map(store_token, servers[1:], [""] * 39))
    assert list_servers() == servers[:1]


def test_stored_tokens_that_cannot_be_read_are_said(tmp_path):
    store_token("https://a", "trd_a")
    file = tmp_path / "user" / "credentials.json"
    file.chmod(0o644)
    assert list_servers() == ["https://a"]
    assert file.stat().st_mode & 0o077 == 0
    file.write_text("{")
    with pytest.raises(ConfigError, match=r"credentials\.json cannot be read"):
        list_servers()
    if os.geteuid() == 0:
        os.chown(file, 12345, 12345)
        with pytest.raises(ConfigError, match="belongs to another user"):
            list_servers()


def test_a_token_with_a_line_in_it_is_not_sent(monkeypatch):
    monkeypatch.setenv("TREADLE_TOKEN", "trd_a\r\nx-evil: 1")
    with pytest.raises((ConfigError, AccessError), match="characters that no token has"):
        library.search_runs(store="http://127.0.0.1:9")


def test_the_key_of_a_user_is_made_once(tmp_path):
    first = read_key()
    assert (len(first), read_key()) == (32, first)
    assert (user_folder() / "key").stat().st_mode & 0o777 == 0o600
    assert [one.name for one in user_folder().iterdir()] == ["key"]
    (user_folder() / "key").write_bytes(b"short")
    with pytest.raises(ConfigError, match="is not a key"):
        read_key()


def test_a_relative_folder_for_settings_is_ignored(tmp_path, monkeypatch):
    """As the specification of XDG asks for: it would be another one in each working folder."""
    monkeypatch.delenv("TREADLE_CONFIG_DIR")
    monkeypatch.setenv("HOME", str(tmp_path))
    for given, expected in {
        "": ".config/treadle",
        "conf": ".config/treadle",
        str(tmp_path / "own"): "own/treadle",
    }.items():
        monkeypatch.setenv("XDG_CONFIG_HOME", given)
        assert user_folder() == tmp_path / expected
