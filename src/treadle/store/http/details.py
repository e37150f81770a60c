"""Serialization of run details: MessagePack with the JSON snapshots as byte strings."""

import msgspec

from treadle.records import RunDetails


def pack_details(details: RunDetails) -> bytes:
    """Encode the details of a run for a client."""
    snapshots = {
        kind: msgspec.Raw(msgspec.msgpack.encode(bytes(raw)))
        for kind, raw in details.snapshots.items()
    }
    return msgspec.msgpack.encode(msgspec.structs.replace(details, snapshots=snapshots))


def unpack_details(data: bytes) -> RunDetails:
    """Decode the details of a run from a server."""
    details = msgspec.msgpack.decode(data, type=RunDetails)
    snapshots = {
        kind: msgspec.Raw(msgspec.msgpack.decode(raw, type=bytes))
        for kind, raw in details.snapshots.items()
    }
    return msgspec.structs.replace(details, snapshots=snapshots)
