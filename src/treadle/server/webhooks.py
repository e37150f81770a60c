"""Delivery of events to webhooks, never to an address in the server's own network.

The name of a webhook's host is resolved once; the connection uses a resolved address, and only if
it is public. Redirects are not followed, proxies not used, and the response is shown only to an
admin who tests a webhook.
"""

import asyncio
import base64
import hashlib
import hmac
import ipaddress
import logging
import socket
import time
from typing import Final
from urllib.parse import urlsplit

from treadle.errors import StoreError, TreadleError
from treadle.http_client import HttpConnection, NoResponseError
from treadle.records import WebhookRecord
from treadle.server.access import StoreAccess
from treadle.store import new_id

_log = logging.getLogger(__name__)

_TIMEOUT: Final = 10.0
_MAX_ANSWER: Final = 64 << 10
_LOOK: Final = 1.0  # seconds between queries for due events
_PAUSES: Final = (2.0, 10.0, 60.0, 600.0)  # seconds before each further attempt
_SHARED: Final = ipaddress.ip_network("100.64.0.0/10")


def check_url(url: str, allowed: tuple[str, ...]) -> str:
    """Reject a URL that webhooks must not have.

    Args:
        url: The URL.
        allowed: Hosts, each as ``name`` or ``name:port``, that are allowed though they are not on
            the internet.

    Raises:
        StoreError: It is not ``https``, contains a user name, or names an address that is not
            public.
    """
    if not url.strip():
        raise StoreError(f"Webhook URL cannot be empty or just whitespace: {url[:200]!r}")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise StoreError(f"Invalid webhook URL {url[:200]!r}: {error!r}") from error
    is_allowed = _is_allowed(parts.scheme, host, port, allowed)
    if parts.scheme != "https" and not (is_allowed and parts.scheme == "http"):
        raise StoreError(
            f"Invalid webhook URL scheme: {parts.scheme[:20]!r}. Allowed schemes are: https."
        )
    if not host:
        raise StoreError(f"Webhook URL must include a hostname: {url[:200]!r}")
    if is_allowed:
        return url
    if "@" in parts.netloc or len(url) > 2048:  # noqa: PLR2004
        raise StoreError("Webhook URL must not include a user, nor be longer than 2048 characters.")
    if host.replace(".", "").isdigit() or ":" in host or host.lower().startswith("0x"):
        try:
            public = _is_public(host)
        except ValueError:
            public = False  # such as 127.1, which some systems accept as an address
        if not public:
            raise StoreError(
                f"Webhook URL must not resolve to a non-public IP address. {host!r} is not public."
            )
    return url


def _is_allowed(scheme: str, host: str, port: int | None, allowed: tuple[str, ...]) -> bool:
    """Whether the server is configured to allow a host that is not on the internet."""
    used = port or (80 if scheme == "http" else 443)
    return bool({host, f"{host}:{used}", f"{host}:{port or 443}"}.intersection(allowed))


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text)
    mapped = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    if mapped is not None:
        address = mapped
    if isinstance(address, ipaddress.IPv4Address) and address in _SHARED:
        return False
    return (
        address.is_global and not address.is_multicast and not text.lower().startswith("64:ff9b:")
    )


class WebhookSender:
    """Sends the store's events; what is unsent when the server ends is sent by the next one.

    Args:
        access: The store.
        allowed: Hosts, as in `check_url`.
    """

    def __init__(self, access: StoreAccess, allowed: tuple[str, ...]) -> None:
        self._access = access
        self._allowed = allowed

    async def run(self) -> None:
        """Query for due events, and send them one after another."""
        while True:
            try:
                if not await self._send_next():
                    await asyncio.sleep(_LOOK)
            except TreadleError as error:
                _log.warning("Webhooks cannot be looked up: %s", error)
                await asyncio.sleep(_LOOK * 10)

    async def _send_next(self) -> bool:
        delivery = await self._access.write(lambda store: store.webhooks.take(time.time()))
        if delivery is None:
            return False
        webhook = await self._access.read(lambda store: store.webhooks.get(delivery.webhook))
        again: float | None = None
        if webhook is not None:
            status, _, problem = await asyncio.to_thread(
                send, webhook, delivery.body, self._allowed
            )
            is_temporary = problem or status in (408, 429) or status >= 500  # noqa: PLR2004
            if is_temporary and delivery.attempts < len(_PAUSES):
                again = time.time() + _PAUSES[delivery.attempts]
            if status >= 400 or problem:  # noqa: PLR2004
                _log.warning(
                    "Webhook %s did not take an event: %s",
                    webhook.name,
                    problem or f"status {status}",
                )
        await self._access.write(lambda store: store.webhooks.settle(delivery.id, again))
        return True


def send(webhook: WebhookRecord, body: bytes, allowed: tuple[str, ...]) -> tuple[int, str, str]:
    """Send an event.

    Args:
        webhook: The target.
        body: JSON.
        allowed: Hosts, as in `check_url`.

    Returns:
        The status and the beginning of the response, or what went wrong.
    """
    identifier, moment = new_id(), str(int(time.time()))
    headers = {
        "content-type": "application/json",
        "x-mlflow-delivery-id": identifier,
        "x-mlflow-timestamp": moment,
    }
    if webhook.secret:
        signed = f"{identifier}.{moment}.".encode() + body
        digest = hmac.new(webhook.secret.encode(), signed, hashlib.sha256).digest()
        headers["x-mlflow-signature"] = f"v1,{base64.b64encode(digest).decode()}"
    try:
        parts = urlsplit(check_url(webhook.url, allowed))
        connection = _connect(parts.scheme, parts.hostname or "", parts.port, allowed)
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            status, content = connection.exchange("POST", target, body, headers, limit=_MAX_ANSWER)
            return status, content.decode(errors="replace"), ""
        finally:
            connection.close()
    except (OSError, NoResponseError, StoreError) as error:
        return 0, "", str(error)


def _connect(scheme: str, host: str, port: int | None, allowed: tuple[str, ...]) -> HttpConnection:
    is_allowed = _is_allowed(scheme, host, port, allowed)
    found = socket.getaddrinfo(
        host, port or (443 if scheme == "https" else 80), type=socket.SOCK_STREAM
    )
    family, kind, protocol, _, address = found[0]
    if not is_allowed:
        _demand_public(host, [str(one[4][0]) for one in found])
    connected = socket.socket(family, kind, protocol)
    connected.settimeout(_TIMEOUT)
    try:
        connected.connect(address)
        if not is_allowed:
            _demand_public(host, [str(connected.getpeername()[0])])
        return HttpConnection(scheme, host, port, _TIMEOUT, connected=connected)
    except BaseException:
        connected.close()
        raise


def _demand_public(host: str, addresses: list[str]) -> None:
    if not all(map(_is_public, addresses)):
        raise StoreError(f"The host {host} is not on the internet.")
