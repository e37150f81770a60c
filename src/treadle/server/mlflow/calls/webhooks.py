"""MLflow's calls about webhooks of registry events. For admins, where the server allows it."""

import re
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from treadle.errors import StoreError
from treadle.records import WebhookRecord
from treadle.server.caller import Caller
from treadle.server.mlflow.entities import Message, milliseconds
from treadle.server.mlflow.errors import MlflowError, invalid, missing
from treadle.server.mlflow.listing import page
from treadle.server.mlflow.prompts import is_prompt
from treadle.server.operation import operation
from treadle.server.webhooks import check_url, send

EVENTS: Final = frozenset(
    {
        "registered_model.created",
        "model_version.created",
        "model_version_tag.set",
        "model_version_tag.deleted",
        "model_version_alias.created",
        "model_version_alias.deleted",
        "prompt.created",
        "prompt_version.created",
        "prompt_tag.set",
        "prompt_tag.deleted",
        "prompt_version_tag.set",
        "prompt_version_tag.deleted",
        "prompt_alias.created",
        "prompt_alias.deleted",
    }
)
_NAME: Final = re.compile(r"(?=.{1,63}$)[a-z0-9]([a-z0-9._-]*[a-z0-9])?", re.ASCII | re.IGNORECASE)
_OF_PROMPTS: Final = {
    "model_version_tag": "prompt_version_tag",
    "model_version_alias": "prompt_alias",
}
_PAGE: Final = 100
_MAX_PAGE: Final = 1000


class EventMessage(Message, kw_only=True):
    """An event: ``MODEL_VERSION`` is ``CREATED``."""

    entity: str
    action: str


class WebhookMessage(Message, kw_only=True):
    """A webhook, without its secret."""

    webhook_id: str
    name: str
    description: str | UnsetType = UNSET
    url: str
    events: list[EventMessage]
    status: str
    creation_timestamp: int
    last_updated_timestamp: int


class CreateWebhook(Message, kw_only=True):
    name: str
    description: str = ""
    url: str
    events: list[EventMessage]
    secret: str = ""
    status: str = "ACTIVE"


class WebhookAnswer(Message, kw_only=True):
    webhook: WebhookMessage


class ListWebhooks(Message, kw_only=True):
    max_results: int = 0
    page_token: str = ""


class WebhooksAnswer(Message, kw_only=True):
    webhooks: list[WebhookMessage] = []
    next_page_token: str | UnsetType = UNSET


class OneWebhook(Message, kw_only=True):
    webhook_id: str


class UpdateWebhook(Message, kw_only=True):
    webhook_id: str
    name: str | None = None
    description: str | None = None
    url: str | None = None
    events: list[EventMessage] | None = None
    secret: str | None = None
    status: str | None = None


class TestWebhook(Message, kw_only=True):
    webhook_id: str
    event: EventMessage | None = None


class TestResult(Message, kw_only=True):
    success: bool
    response_status: int | UnsetType = UNSET
    response_body: str | UnsetType = UNSET
    error_message: str | UnsetType = UNSET


class TestAnswer(Message, kw_only=True):
    result: TestResult


@operation("POST", "webhooks", role="admin", audited=True, creates=True)
def create(caller: Caller, ask: CreateWebhook) -> WebhookAnswer:
    """Create a webhook."""
    record = WebhookRecord(
        id=caller.attempt.id,
        name=_check_name(ask.name),
        description=ask.description,
        url=_check_url(caller, ask.url),
        events=_events(ask.events),
        secret=ask.secret,
        is_active=_is_active(ask.status),
        created=caller.now,
        updated=caller.now,
    )
    caller.store.webhooks.put(record)
    return WebhookAnswer(webhook=message(record))


@operation("GET", "webhooks")
def list_webhooks(caller: Caller, ask: ListWebhooks) -> WebhooksAnswer:
    """List webhooks."""
    caller.demand("admin")
    if not 0 <= ask.max_results <= _MAX_PAGE:
        raise invalid(f"max_results must be between 1 and {_MAX_PAGE}.")
    found, following = page(
        caller.store.webhooks.all(), ask.page_token, ask.max_results or _PAGE, lambda one: one.id
    )
    return WebhooksAnswer(
        webhooks=[message(one) for one in found], next_page_token=following or UNSET
    )


@operation("GET", "webhooks/{webhook_id}")
def get(caller: Caller, ask: OneWebhook) -> WebhookAnswer:
    """Return a webhook."""
    caller.demand("admin")
    return WebhookAnswer(webhook=message(_find(caller, ask.webhook_id)))


@operation("PATCH", "webhooks/{webhook_id}", role="admin", audited=True)
def update(caller: Caller, ask: UpdateWebhook) -> WebhookAnswer:
    """Update the given fields of a webhook."""
    known = _find(caller, ask.webhook_id)
    changed = msgspec.structs.replace(
        known,
        name=known.name if ask.name is None else _check_name(ask.name),
        description=known.description if ask.description is None else ask.description,
        url=known.url if ask.url is None else _check_url(caller, ask.url),
        events=known.events if not ask.events else _events(ask.events),
        secret=known.secret if ask.secret is None else ask.secret,
        is_active=known.is_active if ask.status is None else _is_active(ask.status),
        updated=caller.now,
    )
    caller.store.webhooks.put(changed)
    return WebhookAnswer(webhook=message(changed))


@operation("DELETE", "webhooks/{webhook_id}", role="admin", audited=True)
def delete(caller: Caller, ask: OneWebhook) -> None:
    """Delete a webhook."""
    caller.store.webhooks.remove(_find(caller, ask.webhook_id).id)


@operation("POST", "webhooks/{webhook_id}/test", role="admin", writes=False)
def example(caller: Caller, ask: TestWebhook) -> TestAnswer:
    """Send an example event, and return the outcome."""
    webhook = _find(caller, ask.webhook_id)
    event = _events([ask.event])[0] if ask.event is not None else webhook.events[0]
    body = payload(event, example_of(event), caller.now)
    status, answer, problem = send(webhook, body, caller.webhooks or ())
    return TestAnswer(
        result=TestResult(
            success=not problem and status < 400,  # noqa: PLR2004
            response_status=status or UNSET,
            response_body=UNSET if problem else answer,
            error_message=f"Failed to test webhook: {problem}" if problem else UNSET,
        )
    )


def example_of(event: str) -> dict[str, Any]:
    """Return the data of an event of its kind, with MLflow's example values."""
    entity, _, action = event.partition(".")
    kind = "prompt" if entity.startswith("prompt") else "model"
    data: dict[str, Any] = {"name": f"example_{kind}"}
    is_alias = entity.endswith("_alias")
    if is_alias:
        data["alias"] = "example_alias"
    if action == "created" if is_alias else "version" in entity:
        data["version"] = "1"
    if entity.endswith("_tag"):
        data["key"] = "example_key"
        return data | ({"value": "example_value"} if action == "set" else {})
    if action == "created" and not is_alias:
        if entity == "model_version":
            data |= {"source": "models:/123", "run_id": "abcd1234abcd5678"}
        if entity == "prompt_version":
            data["template"] = "Hello {{name}}!"
        data["tags"] = {"example_key": "example_value"}
        data["description"] = f"An example {entity.replace('_', ' ')}"
    return data


def payload(event: str, data: dict[str, Any], time: float) -> bytes:
    """Return the JSON of an event."""
    entity, _, action = event.partition(".")
    moment = datetime.fromtimestamp(time, UTC).isoformat()
    return msgspec.json.encode(
        {"entity": entity, "action": action, "timestamp": moment, "data": data}
    )


def tell(caller: Caller, event: str, **data: Any) -> None:
    """Queue an event for webhooks, in the transaction of the change."""
    caller.store.webhooks.tell(event, payload(event, data, caller.now), caller.now)


def tell_of(caller: Caller, name: str, event: str, **data: Any) -> None:
    """Queue an event about a version of a registered model, or of a prompt with that name."""
    entity, _, action = event.partition(".")
    if is_prompt(caller.model(name).tags):
        entity = _OF_PROMPTS[entity]
    tell(caller, f"{entity}.{action}", name=name, **data)


def message(record: WebhookRecord) -> WebhookMessage:
    """Convert a webhook to MLflow's message."""
    events = [one.upper().partition(".") for one in record.events]
    return WebhookMessage(
        webhook_id=record.id,
        name=record.name,
        description=record.description or UNSET,
        url=record.url,
        events=[EventMessage(entity=entity, action=action) for entity, _, action in events],
        status="ACTIVE" if record.is_active else "DISABLED",
        creation_timestamp=milliseconds(record.created),
        last_updated_timestamp=milliseconds(record.updated),
    )


def _find(caller: Caller, webhook: str) -> WebhookRecord:
    found = caller.store.webhooks.get(webhook)
    if found is None:
        raise missing(f"Webhook with ID {webhook} not found.")
    return found


def _check_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise invalid(
            f"Webhook name {name[:80]!r} is invalid. It must start and end with a letter or digit,"
            " be less than 63 characters long, and contain only letters, digits, dots (.),"
            " underscores (_), and hyphens (-)."
        )
    return name


def _check_url(caller: Caller, url: str) -> str:
    if caller.webhooks is None:
        raise MlflowError(
            "PERMISSION_DENIED",
            "This server sends no webhooks. Start it with --webhooks to let it.",
        )
    try:
        return check_url(url, caller.webhooks)
    except StoreError as error:
        raise invalid(error.message) from error


def _events(found: list[EventMessage]) -> list[str]:
    names = [f"{one.entity}.{one.action}".lower() for one in found]
    if not names:
        raise invalid("Webhook events must be a non-empty list of WebhookEvent objects: [].")
    for entity, _, action in (name.partition(".") for name in names):
        actions = sorted(one.rpartition(".")[2] for one in EVENTS if one.startswith(f"{entity}."))
        if action not in actions:
            raise invalid(
                f"Invalid action {action[:50]!r} for entity {entity[:50]!r}. Valid actions are: "
                f"{actions}"
            )
    return names


def _is_active(status: str) -> bool:
    if status not in ("ACTIVE", "DISABLED"):
        raise invalid(f"Invalid webhook status: {status[:50]}. Use ACTIVE or DISABLED.")
    return status == "ACTIVE"
