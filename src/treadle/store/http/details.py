"""A run's details on the wire: their snapshots are JSON, which MessagePack has to carry as its own."""

import msgspec

from treadle.records import RunDetails

__all__ = ["pack_details", "unpack_details"]


def pack_details(details: RunDetails) -> bytes:
    """Encode for a client."""
    snapshots = {kind: msgspec.Raw(msgspec.msgpack.encode(bytes(raw))) for kind, raw in details.snapshots.items()}
    return msgspec.msgpack.encode(msgspec.structs.replace(details, snapshots=snapshots))


def unpack_details(data: bytes) -> RunDetails:
    """Decode what a server sent."""
    details = msgspec.msgpack.decode(data, type=RunDetails)
    snapshots = {kind: msgspec.Raw(msgspec.msgpack.decode(raw, type=bytes)) for kind, raw in details.snapshots.items()}
    return msgspec.structs.replace(details, snapshots=snapshots)
