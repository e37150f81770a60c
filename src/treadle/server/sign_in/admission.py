"""Admission of people whom the identity provider has identified, and their roles."""

from typing import Final

from treadle.errors import AccessError
from treadle.records import INVITED, AccountRecord, AuditRecord, Role
from treadle.server.access import StoreAccess
from treadle.server.sign_in.provider import Identity
from treadle.server.sign_in.settings import SignInSettings
from treadle.store.sql import SqlStore

_RANK: Final[tuple[Role, ...]] = ("none", "viewer", "editor", "admin")


class Admission:
    """Finds or creates the account of an identity.

    Args:
        settings: Who is admitted.
        access: The store that has the accounts.
    """

    def __init__(self, settings: SignInSettings, access: StoreAccess) -> None:
        self._settings = settings
        self._access = access

    async def admit(self, identity: Identity, now: float) -> AccountRecord:
        """Return the account of an identity, with the role of its groups.

        Raises:
            AccessError: They have no account, and none may be created.
        """
        found = await self._access.read(lambda store: store.accounts.of_identity(identity.id))
        if found is not None and self._role(identity, found.role) == found.role:
            return found
        return await self._access.write(lambda store: self._settle(store, identity, now))

    def _role(self, identity: Identity, other: Role) -> Role:
        """Return the role of the groups; `other` if groups have no roles, or are unknown."""
        if not self._settings.groups or identity.groups is None:
            return other
        roles = [
            self._settings.groups[group]
            for group in identity.groups
            if group in self._settings.groups
        ]
        return max(roles, key=_RANK.index, default=self._settings.role)

    def _settle(self, store: SqlStore, identity: Identity, now: float) -> AccountRecord:
        def note(action: str, name: str, what: str) -> None:
            store.accounts.audit(AuditRecord(time=now, who=name, action=action, subject=what))

        found = store.accounts.of_identity(identity.id)
        if found is None:
            invited = store.accounts.find(identity.name) if identity.name else None
            if invited is not None and invited.identity == INVITED:
                store.accounts.change(invited.name, identity=identity.id)
                note("sign-in/accept-invitation", invited.name, identity.id)
                found = invited
            else:
                found = self._make(store, identity, now, is_taken=invited is not None)
                note("sign-in/create-user", found.name, f"{identity.id} {found.role}")
        role = self._role(identity, found.role)
        if role != found.role:
            store.accounts.change(found.name, role=role)
            note("sign-in/change-role", found.name, role)
        account = store.accounts.of_identity(identity.id)
        if account is None:
            raise AccessError("The account was just removed.")
        return account

    def _make(
        self, store: SqlStore, identity: Identity, now: float, *, is_taken: bool
    ) -> AccountRecord:
        role = self._role(identity, self._settings.role)
        if not identity.name:
            claim = self._settings.name
            raise AccessError(
                f"The identity provider does not say your {claim}"
                f"{', or not that it is verified' if claim == 'email' else ''}: your account "
                "needs it for a name."
            )
        if role == "none":
            raise AccessError(
                f"Nobody has let {identity.name} in yet.",
                hint=f'An admin can: treadle server user add "{identity.name}" --oidc',
            )
        if not is_taken:
            store.accounts.add(
                identity.name, role=role, password="", created=now, identity=identity.id
            )
        found = store.accounts.of_identity(identity.id)
        if found is None:
            raise AccessError(
                f"There is a user {identity.name} already, who signs in in another way.",
                hint="An admin can remove that one, and invite you.",
            )
        return found
