"""What a server's store promises about who may use it."""

from typing import Literal, Protocol

from treadle.records import AccountRecord, AuditRecord, Role, TokenRecord

__all__ = ["AccountKeeper"]


class AccountKeeper(Protocol):
    """Keeps who may use a server."""

    def all(self) -> list[AccountRecord]:
        """List every account by its name."""
        ...

    def find(self, name: str) -> AccountRecord | None:
        """Give the account of a name."""
        ...

    def of_token(self, digest: str, time: float) -> AccountRecord | None:
        """Give the account that a token belongs to, unless the token is over."""
        ...

    def of_identity(self, identity: str) -> AccountRecord | None:
        """Give the account of somebody whom an identity provider knows."""
        ...

    def add(self, name: str, *, role: Role, password: str, created: float, identity: str = "") -> bool:
        """Make an account; tell whether the name was free.

        Args:
            name: Who it is.
            role: What they may do with everything.
            password: Its hash; empty where only tokens let them in.
            created: Seconds since the epoch.
            identity: Who they are to an identity provider.
        """
        ...

    def remove(self, name: str) -> bool:
        """Take an account away, with its tokens; tell whether there was one."""
        ...

    def change(
        self, name: str, *, role: Role | None = None, password: str | None = None, identity: str | None = None
    ) -> bool:
        """Change what is given; a new password ends all tokens. Tell whether there is such an account."""
        ...

    def grant(self, name: str, kind: Literal["experiment", "model"], target: str, role: Role | None) -> bool:
        """Give a role for one experiment (by id) or model (by name), or take it back where none is given."""
        ...

    def add_token(self, account: str, *, name: str, digest: str, created: float, expires: float | None) -> bool:
        """Keep a token's digest; tell whether there is such an account."""
        ...

    def tokens(self) -> list[TokenRecord]:
        """List every token, less what lets anybody in."""
        ...

    def remove_token(self, token: str) -> bool:
        """Take a token away; tell whether there was one."""
        ...

    def end_token(self, digest: str) -> None:
        """Take a token away by its digest."""
        ...

    def audit(self, record: AuditRecord) -> None:
        """Note what somebody changed; in the transaction of the change."""
        ...

    def audited(self, limit: int) -> list[AuditRecord]:
        """List what was changed last, the newest first."""
        ...
