"""``treadle server user``, ``token`` and ``audit``: the users of a server, and their changes."""

import time
from typing import TYPE_CHECKING, Literal

import click

from treadle.cli.groups import CommandGroup
from treadle.cli.render import echo, echo_json, moment
from treadle.cli.stores import JSON_OPTION
from treadle.cli.tables import Column, print_records, table
from treadle.errors import ConflictError, StoreError

if TYPE_CHECKING:
    from treadle.records import AccountRecord, AuditRecord, Role, TokenRecord
    from treadle.store.sql import SqlStore


_ROLE = click.Choice(["none", "viewer", "editor", "admin"])
_DAY = 86400.0


def _open(context: click.Context) -> "SqlStore":
    from treadle.store.connect import connect_team_store
    from treadle.tracking import choose_location

    store = connect_team_store(choose_location(context.obj or ""))
    context.call_on_close(store.close)
    return store


def _require(found: bool, name: str) -> None:
    if not found:
        raise StoreError(
            f'There is no user "{name}".', hint='"treadle server user list" shows who there is.'
        )


def _note(store: "SqlStore", action: str, subject: str) -> None:
    """Add a change made here to the audit log, in the same transaction."""
    from treadle.records import AuditRecord
    from treadle.tracking.opening import name_user

    who = f"{name_user()} (command line)"
    store.accounts.audit(AuditRecord(time=time.time(), who=who, action=action, subject=subject))


def _way(account: "AccountRecord") -> str:
    """Describe how a user signs in, besides by a token."""
    from treadle.records import INVITED

    if account.identity == INVITED:
        return "OIDC, not yet"
    return (
        " and ".join(["OIDC"] * bool(account.identity) + ["password"] * bool(account.password))
        or "tokens"
    )


def _grants(account: "AccountRecord") -> str:
    """Return the roles of an account for single experiments and models."""
    grants = {**account.experiments, **account.models}
    return ", ".join(f"{role} of {name}" for name, role in grants.items())


_USERS: "list[Column[AccountRecord]]" = [
    Column("name", lambda account: account.name),
    Column("role", lambda account: account.role),
    Column("since", lambda account: moment(account.created)),
    Column("signs in by", _way),
    Column("but", _grants),
]
_TOKENS: "list[Column[TokenRecord]]" = [
    Column("id", lambda token: token.id),
    Column("user", lambda token: token.account),
    Column("name", lambda token: token.name),
    Column("made", lambda token: moment(token.created)),
    Column("good until", lambda token: moment(token.expires)),
]
_AUDIT: "list[Column[AuditRecord]]" = [
    Column("time", lambda change: moment(change.time)),
    Column("who", lambda change: change.who),
    Column("action", lambda change: change.action),
    Column("what", lambda change: change.subject),
]


@click.group("user", cls=CommandGroup)
def user() -> None:
    """Manage the users of the server. Once there is a first user, it requires authentication."""


@user.command("add")
@click.argument("name")
@click.option(
    "--role",
    type=_ROLE,
    default="editor",
    show_default=True,
    help="What they may do with everything.",
)
@click.option("--password", default=None, help="Asked for if not given; empty for tokens only.")
@click.option(
    "--oidc", is_flag=True, help="Whoever has this name at the identity provider may sign in."
)
@click.pass_context
def add(
    context: click.Context, name: str, role: "Role", password: str | None, *, oidc: bool
) -> None:
    """Add a user; MLflow's clients sign in with the name and password."""
    from treadle.records import INVITED
    from treadle.server.passwords import hash_password

    if not name or ":" in name or len(name) > 200 or any(ord(sign) < 32 for sign in name):  # noqa: PLR2004
        raise StoreError(
            f"{name!r} cannot be the name of a user: it needs 1 to 200 characters, and no colon."
        )
    if password is None and not oidc:
        password = click.prompt(
            "Password (empty for tokens only)", default="", hide_input=True, show_default=False
        )
    kept = hash_password(password) if password else ""
    store = _open(context)
    with store.transaction():
        identity = INVITED if oidc else ""
        if not store.accounts.add(
            name, role=role, password=kept, created=time.time(), identity=identity
        ):
            raise ConflictError(f'There is a user "{name}" already.')
        _note(store, "user/add", f"{name} {role}")
    echo(f"{name} is {role} now.")
    if oidc:
        click.echo("They can sign in at the server's address.")
    elif not password:
        echo(f"A token lets them in: treadle server token create {name}")


@user.command("list")
@JSON_OPTION
@click.pass_context
def show(context: click.Context, *, as_json: bool) -> None:
    """List the users of the server."""
    found = _open(context).accounts.all()
    if as_json:
        rows = [
            {
                "name": one.name,
                "role": one.role,
                "created": one.created,
                "signs_in_by": _way(one),
                "experiments": one.experiments,
                "models": one.models,
            }
            for one in found
        ]
        echo_json(rows)
    elif found:
        table(_USERS, found)
    else:
        click.echo(
            "There are no users: without --oidc, whoever reaches the server may do everything."
        )


@user.command("remove")
@click.argument("name")
@click.pass_context
def remove(context: click.Context, name: str) -> None:
    """Remove a user and revoke their tokens."""
    store = _open(context)
    with store.transaction():
        _require(store.accounts.remove(name), name)
        _note(store, "user/remove", name)
    echo(f"{name} is removed.")


@user.command("role")
@click.argument("name")
@click.argument("role", type=_ROLE)
@click.pass_context
def change_role(context: click.Context, name: str, role: "Role") -> None:
    """Change the role of a user for everything."""
    store = _open(context)
    with store.transaction():
        _require(store.accounts.change(name, role=role), name)
        _note(store, "user/role", f"{name} {role}")
    echo(f"{name} is {role} now.")


@user.command("password")
@click.argument("name")
@click.option("--password", prompt=True, hide_input=True, help="Asked for if not given.")
@click.pass_context
def change_password(context: click.Context, name: str, password: str) -> None:
    """Set a new password for a user and revoke their tokens."""
    from treadle.server.passwords import hash_password

    kept, store = hash_password(password), _open(context)
    with store.transaction():
        _require(store.accounts.change(name, password=kept), name)
        _note(store, "user/password", name)
    echo(f"{name} has another password.")


@user.command("grant")
@click.argument("name")
@click.argument("role", type=click.Choice(["none", "viewer", "editor", "default"]))
@click.option("--experiment", default="", help="The name of the experiment.")
@click.option("--model", default="", help="The name of the registered model.")
@click.pass_context
def grant(context: click.Context, name: str, role: str, experiment: str, model: str) -> None:
    """Grant a user another role for one experiment or one model; "default" revokes it."""
    if bool(experiment) == bool(model):
        raise click.UsageError("Name one of --experiment and --model.")
    store = _open(context)
    kind: Literal["experiment", "model"] = "experiment" if experiment else "model"
    target = model
    if experiment:
        found = store.experiments.find(experiment)
        if found is None:
            raise StoreError(f'There is no experiment "{experiment}".')
        target = found.id
    given: Role | None = None if role == "default" else role  # type: ignore[assignment]
    with store.transaction():
        _require(store.accounts.grant(name, kind, target, given), name)
        _note(store, "user/grant", f"{name} {role} {kind} {experiment or model}")
    echo(f"{name} is {role} of {kind} {experiment or model} now.")


@click.group("token", cls=CommandGroup)
def token() -> None:
    """Create and revoke tokens, for TREADLE_TOKEN and MLFLOW_TRACKING_TOKEN."""


@token.command("create")
@click.argument("user_name", metavar="USER")
@click.option("--name", default="", help="What it is for.")
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=365,
    show_default=True,
    help="How long it is good.",
)
@click.pass_context
def create(context: click.Context, user_name: str, name: str, days: int) -> None:
    """Create a token for a user. It is shown once."""
    from treadle.server.passwords import digest_token, make_token

    made, now = make_token(), time.time()
    store = _open(context)
    with store.transaction():
        found = store.accounts.add_token(
            user_name, name=name, digest=digest_token(made), created=now, expires=now + days * _DAY
        )
        _require(found, user_name)
        _note(store, "token/create", f"{user_name} {name}".rstrip())
    echo(made)


@token.command("list")
@JSON_OPTION
@click.pass_context
def list_tokens(context: click.Context, *, as_json: bool) -> None:
    """List the tokens, without their secrets."""
    found = _open(context).accounts.tokens()
    print_records(found, _TOKENS, as_json=as_json)


@token.command("revoke")
@click.argument("identifier", metavar="ID")
@click.pass_context
def revoke(context: click.Context, identifier: str) -> None:
    """Revoke a token; servers notice within 5 seconds."""
    store = _open(context)
    with store.transaction():
        if not store.accounts.remove_token(identifier):
            raise StoreError(
                f"There is no token {identifier}.", hint='"treadle server token list" shows them.'
            )
        _note(store, "token/revoke", identifier)
    echo(f"Token {identifier} is over.")


@click.command("audit")
@click.option(
    "--limit",
    type=click.IntRange(1, 100_000),
    default=50,
    show_default=True,
    help="How many at most.",
)
@JSON_OPTION
@click.pass_context
def audit(context: click.Context, limit: int, *, as_json: bool) -> None:
    """List changes to experiments, models, users and tokens with their authors, newest first."""
    found = _open(context).accounts.audited(limit)
    print_records(found, _AUDIT, as_json=as_json)
