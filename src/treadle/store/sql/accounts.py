"""Storage of accounts, their tokens and roles, and the audit log of their changes."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, Literal

from treadle.records import AccountRecord, AuditRecord, Role, TokenRecord
from treadle.store.identifiers import read_key
from treadle.store.sql.database import Database, Row

_ACCOUNT: Final = "SELECT key, name, role, password, created, identity FROM account"
_MAX_SUBJECT: Final = 2000  # characters
_MONTH: Final = 30 * 86400.0  # for which an expired token is still listed


class SqlAccounts:
    """Accounts of a server, with their tokens and roles."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[AccountRecord]:
        """List all accounts, sorted by name."""
        return self._records(self._database.execute(f"{_ACCOUNT} ORDER BY name"))

    def find(self, name: str) -> AccountRecord | None:
        """Return the account with a name, if there is one."""
        records = self._records(self._database.execute(f"{_ACCOUNT} WHERE name = ?", (name,)))
        return records[0] if records else None

    def of_identity(self, identity: str) -> AccountRecord | None:
        """Return the account with an identity at an identity provider."""
        records = self._records(
            self._database.execute(f"{_ACCOUNT} WHERE identity = ?", (identity,))
        )
        return records[0] if records else None

    def of_token(self, digest: str, time: float) -> AccountRecord | None:
        """Return the account that a token belongs to, unless the token has expired."""
        query = (
            f"{_ACCOUNT} WHERE key = (SELECT account_key FROM token WHERE digest = ? AND (expires "
            "IS NULL OR expires > ?))"
        )
        records = self._records(self._database.execute(query, (digest, time)))
        return records[0] if records else None

    def _records(self, rows: Sequence[Row]) -> list[AccountRecord]:
        grants: dict[int, dict[str, dict[str, Role]]] = defaultdict(
            lambda: {"experiment": {}, "model": {}}
        )
        for key, kind, target, role in self._database.execute(
            "SELECT account_key, kind, target, role FROM permission"
        ):
            grants[key][kind][target] = role
        return [
            AccountRecord(
                name=name,
                role=role,
                password=password,
                created=created,
                identity=identity,
                experiments=grants[key]["experiment"],
                models=grants[key]["model"],
            )
            for key, name, role, password, created, identity in rows
        ]

    def add(
        self, name: str, *, role: Role, password: str, created: float, identity: str = ""
    ) -> bool:
        """Create an account; return whether the name was free.

        Args:
            name: The name of the user.
            role: Their default role.
            password: The hash of the password; empty if only tokens can sign in.
            created: Seconds since the epoch.
            identity: Their identity at an identity provider.
        """
        rows = self._database.execute(
            "INSERT INTO account (name, role, password, created, identity) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (name) DO NOTHING RETURNING key",
            (name, role, password, created, identity),
        )
        return bool(rows)

    def remove(self, name: str) -> bool:
        """Delete an account and its tokens; return whether it existed."""
        for key in self._keys(name):
            for table in ("token", "permission"):
                self._database.execute(f"DELETE FROM {table} WHERE account_key = ?", (key,))
        return bool(
            self._database.execute("DELETE FROM account WHERE name = ? RETURNING key", (name,))
        )

    def _keys(self, name: str) -> list[int]:
        return [
            row[0]
            for row in self._database.execute("SELECT key FROM account WHERE name = ?", (name,))
        ]

    def change(
        self,
        name: str,
        *,
        role: Role | None = None,
        password: str | None = None,
        identity: str | None = None,
    ) -> bool:
        """Change an account; return whether it exists. A new password revokes all tokens."""
        keys = self._keys(name)
        for key in keys:
            if role is not None:
                self._database.execute("UPDATE account SET role = ? WHERE key = ?", (role, key))
            if password is not None:
                self._database.execute(
                    "UPDATE account SET password = ? WHERE key = ?", (password, key)
                )
                self._database.execute("DELETE FROM token WHERE account_key = ?", (key,))
            if identity is not None:
                self._database.execute(
                    "UPDATE account SET identity = ? WHERE key = ?", (identity, key)
                )
        return bool(keys)

    def grant(
        self, name: str, kind: Literal["experiment", "model"], target: str, role: Role | None
    ) -> bool:
        """Grant a role for an experiment (by id) or model (by name), or revoke it if None."""
        keys = self._keys(name)
        for key in keys:
            self._database.execute(
                "DELETE FROM permission WHERE account_key = ? AND kind = ? AND target = ?",
                (key, kind, target),
            )
            if role is not None:
                self._database.execute(
                    "INSERT INTO permission VALUES (?, ?, ?, ?)", (key, kind, target, role)
                )
        return bool(keys)

    def add_token(
        self, account: str, *, name: str, digest: str, created: float, expires: float | None
    ) -> bool:
        """Store the digest of a token; return whether the account exists."""
        keys = self._keys(account)
        for key in keys:
            self._database.execute(
                "DELETE FROM token WHERE account_key = ? AND expires < ?", (key, created - _MONTH)
            )
            self._database.execute(
                "INSERT INTO token (account_key, name, digest, created, expires) VALUES (?, ?, ?, "
                "?, ?)",
                (key, name, digest, created, expires),
            )
        return bool(keys)

    def tokens(self) -> list[TokenRecord]:
        """List all tokens, without their secrets."""
        rows = self._database.execute(
            "SELECT token.key, account.name, token.name, token.created, expires FROM token"
            " JOIN account ON account.key = account_key ORDER BY token.key"
        )
        return [
            TokenRecord(id=str(key), account=account, name=name, created=created, expires=expires)
            for key, account, name, created, expires in rows
        ]

    def remove_token(self, token: str) -> bool:
        """Delete a token; return whether it existed."""
        query = "DELETE FROM token WHERE key = ? RETURNING key"
        return bool(self._database.execute(query, (read_key(token),)))

    def end_token(self, digest: str) -> None:
        """Delete a token by its digest."""
        self._database.execute("DELETE FROM token WHERE digest = ?", (digest,))

    def audit(self, record: AuditRecord) -> None:
        """Add a change to the audit log, cut to a limit, in the transaction of the change."""
        self._database.execute(
            "INSERT INTO audit (time, who, action, subject) VALUES (?, ?, ?, ?)",
            (record.time, record.who, record.action, record.subject[:_MAX_SUBJECT]),
        )

    def audited(self, limit: int) -> list[AuditRecord]:
        """List the latest entries of the audit log, newest first."""
        rows = self._database.execute(
            "SELECT time, who, action, subject FROM audit ORDER BY key DESC LIMIT ?", (limit,)
        )
        return [
            AuditRecord(time=time, who=who, action=action, subject=subject)
            for time, who, action, subject in rows
        ]
