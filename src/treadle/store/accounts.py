"""Interface of the storage of accounts, tokens and permissions."""

from typing import Literal, Protocol

from treadle.records import AccountRecord, AuditRecord, Role, TokenRecord


class AccountKeeper(Protocol):
    """Storage of the accounts of a server."""

    def all(self) -> list[AccountRecord]:
        """List all accounts, sorted by name."""
        ...

    def find(self, name: str) -> AccountRecord | None:
        """Return the account with a name, if there is one."""
        ...

    def of_token(self, digest: str, time: float) -> AccountRecord | None:
        """Return the account that a token belongs to, unless the token has expired."""
        ...

    def of_identity(self, identity: str) -> AccountRecord | None:
        """Return the account with an identity at an identity provider."""
        ...

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
        ...

    def remove(self, name: str) -> bool:
        """Delete an account and its tokens; return whether it existed."""
        ...

    def change(
        self,
        name: str,
        *,
        role: Role | None = None,
        password: str | None = None,
        identity: str | None = None,
    ) -> bool:
        """Change an account; return whether it exists. A new password revokes all tokens."""
        ...

    def grant(
        self, name: str, kind: Literal["experiment", "model"], target: str, role: Role | None
    ) -> bool:
        """Grant a role for an experiment (by id) or model (by name), or revoke it if None."""
        ...

    def add_token(
        self, account: str, *, name: str, digest: str, created: float, expires: float | None
    ) -> bool:
        """Store the digest of a token; return whether the account exists."""
        ...

    def tokens(self) -> list[TokenRecord]:
        """List all tokens, without their secrets."""
        ...

    def remove_token(self, token: str) -> bool:
        """Delete a token; return whether it existed."""
        ...

    def end_token(self, digest: str) -> None:
        """Delete a token by its digest."""
        ...

    def audit(self, record: AuditRecord) -> None:
        """Add a change to the audit log, in the transaction of the change."""
        ...

    def audited(self, limit: int) -> list[AuditRecord]:
        """List the latest entries of the audit log, newest first."""
        ...
