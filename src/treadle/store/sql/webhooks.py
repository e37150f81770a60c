"""Storage of webhooks and of deliveries, which are queued in the transaction of the change."""

from collections.abc import Sequence
from typing import Final

import msgspec

from treadle.records import WebhookDelivery, WebhookRecord
from treadle.store.sql.database import Database, Row
from treadle.store.sql.statements import SQL

_COLUMNS: Final = (
    "SELECT id, name, description, url, events, secret, is_active, created, updated FROM webhook"
)
_CLAIM: Final = 120.0  # seconds for which a delivery belongs to the worker that claimed it


class SqlWebhooks:
    """Webhooks and their pending deliveries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[WebhookRecord]:
        """List all webhooks, newest first."""
        return [_record(row) for row in self._database.execute(f"{_COLUMNS} ORDER BY key DESC")]

    def get(self, webhook: str) -> WebhookRecord | None:
        """Return the webhook with an id, if there is one."""
        rows = self._database.execute(f"{_COLUMNS} WHERE id = ?", (webhook,))
        return _record(rows[0]) if rows else None

    def put(self, record: WebhookRecord) -> None:
        """Store a webhook, replacing one with the same id."""
        self._database.execute(
            SQL["put_webhook"],
            (
                record.id,
                record.name,
                record.description,
                record.url,
                " ".join(record.events),
                record.secret,
                int(record.is_active),
                record.created,
                record.updated,
            ),
        )

    def remove(self, webhook: str) -> None:
        """Delete a webhook and its pending deliveries."""
        self._database.execute("DELETE FROM webhook_delivery WHERE webhook = ?", (webhook,))
        self._database.execute("DELETE FROM webhook WHERE id = ?", (webhook,))

    def tell(self, event: str, body: bytes, time: float) -> None:
        """Queue an event for all webhooks that subscribe to it."""
        for one in self.all():
            if one.is_active and event in one.events:
                self._database.execute(
                    "INSERT INTO webhook_delivery (webhook, body, due, attempts) VALUES (?, ?, ?, "
                    "0)",
                    (one.id, body, time),
                )

    def take(self, time: float) -> WebhookDelivery | None:
        """Claim the delivery that is due first, for two minutes."""
        query = (
            "SELECT key, webhook, body, attempts, due FROM webhook_delivery WHERE due <= ? ORDER "
            "BY due LIMIT 1"
        )
        for key, webhook, body, attempts, due in self._database.execute(query, (time,)):
            taken = self._database.execute(
                "UPDATE webhook_delivery SET due = ? WHERE key = ? AND due = ? RETURNING key",
                (time + _CLAIM, key, due),
            )
            if taken:
                return WebhookDelivery(id=str(key), webhook=webhook, body=body, attempts=attempts)
        return None

    def settle(self, delivery: str, again: float | None) -> None:
        """Remove a finished delivery, or set the time of the next attempt."""
        if again is None:
            self._database.execute("DELETE FROM webhook_delivery WHERE key = ?", (int(delivery),))
        else:
            self._database.execute(
                "UPDATE webhook_delivery SET due = ?, attempts = attempts + 1 WHERE key = ?",
                (again, int(delivery)),
            )


def _record(row: Row | Sequence[object]) -> WebhookRecord:
    values = dict(zip(WebhookRecord.__struct_fields__, row, strict=True))
    return msgspec.convert(
        {**values, "events": str(values["events"]).split(), "is_active": bool(values["is_active"])},
        WebhookRecord,
    )
