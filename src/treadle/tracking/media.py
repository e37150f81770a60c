"""Encodes images, sounds and tables of other libraries, which are imported only if needed."""

import importlib.util
import io
import json
import math
import struct
import wave
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from treadle.errors import DataError, MissingExtraError
from treadle.tracking.figures import render
from treadle.tracking.values import plain

IMAGES: Final = frozenset({"png", "jpg", "jpeg", "gif", "webp", "bmp"})
"""Suffixes of image files that browsers show."""
SOUNDS: Final = frozenset({"wav", "mp3", "ogg", "oga", "opus", "flac", "m4a", "aac", "weba"})
"""Suffixes of audio files that browsers play."""

_BEGINNINGS: Final = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpg",
    b"GIF8": "gif",
    b"BM": "bmp",
    b"OggS": "ogg",
    b"fLaC": "flac",
    b"ID3": "mp3",
    b"\xff\xfb": "mp3",
    b"\xff\xf3": "mp3",
}
_RIFF: Final = {b"WAVE": "wav", b"WEBP": "webp"}
_MODES: Final = frozenset({"1", "L", "LA", "P", "RGB", "RGBA"})  # of Pillow, which PNG has
_COLOURS: Final = {1: 0, 3: 2, 4: 6}  # PNG's number of a colour type, by the number of channels
_LOUDEST: Final = 32_767


def recognise(content: bytes) -> str:
    """Return the suffix of an image or audio file by its first bytes; empty if unknown."""
    if content[:4] == b"RIFF":
        return _RIFF.get(content[8:12], "")
    found = (suffix for begin, suffix in _BEGINNINGS.items() if content.startswith(begin))
    return next(found, "")


def encode_image(image: Any) -> bytes:
    """Encode an image as PNG.

    Args:
        image: Of Pillow, a figure of matplotlib, or an array with the shape H x W or H x W x 1, 3
            or 4, of bytes or of numbers from 0 to 1.

    Raises:
        DataError: It is none of these.
    """
    if hasattr(image, "save") and hasattr(image, "getbands"):
        return render(image if image.mode in _MODES else image.convert("RGB"), "x.png", {})
    if hasattr(image, "savefig") or hasattr(image, "get_figure"):
        return render(image, "x.png", {})
    if not hasattr(image, "shape"):
        raise DataError(
            f"{type(image).__name__} is not an image that can be logged.",
            hint="Log an image of Pillow, an array, a figure of matplotlib, a file or its bytes.",
        )
    pixels = _read_pixels(image)
    height, width, channels = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    size = struct.pack(">IIBBBBB", width, height, 8, _COLOURS[channels], 0, 0, 0)
    parts = ((b"IHDR", size), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _read_pixels(image: Any) -> Any:
    """Return an array of bytes with the shape height, width, channels."""
    import numpy as np

    pixels = _as_array(image)
    if pixels.ndim == 2:  # noqa: PLR2004 - of grey values
        pixels = pixels[:, :, None]
    if pixels.ndim != 3 or pixels.shape[2] not in _COLOURS or 0 in pixels.shape:  # noqa: PLR2004
        raise DataError(
            f"An array with the shape {tuple(image.shape)} is not an image.",
            hint="Use the shape (height, width), or with 1, 3 or 4 channels as the last dimension.",
        )
    kind = pixels.dtype.kind
    if kind not in "biuf":
        raise DataError(f"An array of {pixels.dtype} is not an image: use bytes, or 0 to 1.")
    most = 1 if kind in "bf" else 255
    if not (pixels.min() >= 0 and pixels.max() <= most):  # NaN is in no range
        raise DataError(
            f"The values of an image of {pixels.dtype} must be from 0 to {most}; these are from "
            f"{pixels.min():.6g} to {pixels.max():.6g}."
        )
    scaled = np.rint(pixels * 255.0) if kind in "bf" else pixels
    return np.ascontiguousarray(scaled.astype(np.uint8))


def _as_array(value: Any) -> Any:
    """Return an array of numpy; a tensor of torch may be on a GPU, and have a gradient."""
    import numpy as np

    return np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)


def encode_sound(sound: Any, rate: int | None) -> bytes:
    """Encode an array of samples as WAV.

    Args:
        sound: An array with the shape (samples,) or (samples, channels), of int16 or of numbers
            from -1 to 1.
        rate: Samples per second.

    Raises:
        DataError: It is not such an array, or the rate is missing.
    """
    if not hasattr(sound, "shape"):
        raise DataError(
            f"{type(sound).__name__} is not a sound that can be logged.",
            hint="Log an array with its rate, a file or its bytes.",
        )
    if not isinstance(rate, int) or rate <= 0:
        raise DataError("An array of samples needs its rate, such as rate=16000.")
    samples = _read_samples(sound)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return buffer.getvalue()


def _read_samples(sound: Any) -> Any:
    """Return an array of int16 with the shape samples, channels."""
    import numpy as np

    samples = _as_array(sound)
    if samples.ndim == 1:
        samples = samples[:, None]
    if samples.ndim != 2 or not 1 <= samples.shape[1] <= 16:  # noqa: PLR2004
        raise DataError(
            f"An array with the shape {tuple(sound.shape)} is not a sound.",
            hint="Use the shape (samples,) or (samples, channels).",
        )
    if samples.dtype.kind == "f":
        if samples.size and not (samples.min() >= -1 and samples.max() <= 1):
            raise DataError("The samples of a sound must be from -1 to 1, or of int16.")
        samples = np.rint(samples * _LOUDEST)
    elif samples.dtype != np.int16:
        raise DataError(f"An array of {samples.dtype} is not a sound: use -1 to 1, or int16.")
    return np.ascontiguousarray(samples.astype("<i2"))


def table_suffix() -> str:
    """Return the suffix of the best format for tables that can be written here."""
    return ".json" if importlib.util.find_spec("pyarrow") is None else ".parquet"


def encode_table(table: Any, suffix: str) -> bytes:
    """Encode a table as Parquet, or as JSON with the keys ``columns`` and ``data``.

    Args:
        table: Of pandas, polars or pyarrow, a dict of columns, or a list of dicts.
        suffix: ``.parquet`` or ``.json``.

    Raises:
        DataError: It is not a table, or has values that the format lacks.
        MissingExtraError: Parquet needs a library that is not installed.
    """
    return _write_parquet(table) if suffix == ".parquet" else _write_json(table)


def _write_json(table: Any) -> bytes:
    columns = _columns(table)
    rows = [list(row) for row in zip(*columns.values(), strict=True)]
    content = {"columns": [*columns], "data": _without_nan(plain(rows))}
    return json.dumps(content, ensure_ascii=False, allow_nan=False).encode()


def _without_nan(value: Any) -> Any:
    """Return a value with None for numbers that JSON lacks."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [_without_nan(one) for one in value]
    if isinstance(value, dict):
        return {key: _without_nan(one) for key, one in value.items()}
    return value


def _columns(table: Any) -> dict[str, list[Any]]:
    """Return the columns of a table by name."""
    if hasattr(table, "to_pydict"):  # pyarrow
        table = table.to_pydict()
    elif hasattr(table, "to_dicts"):  # polars
        table = table.to_dict(as_series=False)
    elif hasattr(table, "iloc") and hasattr(table, "columns"):  # pandas
        names = enumerate(table.columns)
        table = {str(name): table.iloc[:, number].tolist() for number, name in names}
    elif isinstance(table, Sequence) and all(isinstance(one, Mapping) for one in table):
        keys = dict.fromkeys(key for row in table for key in row)
        table = {key: [row.get(key) for row in table] for key in keys}
    if not isinstance(table, Mapping) or not all(map(_is_column, table.values())):
        raise DataError(
            f"{type(table).__name__} is not a table that can be logged.",
            hint="Log a table of pandas, polars or pyarrow, or a dict of columns.",
        )
    columns = {str(name): list(column) for name, column in table.items()}
    lengths = {len(column) for column in columns.values()}
    if len(lengths) > 1:
        raise DataError(f"The columns of a table have different lengths: {sorted(lengths)}.")
    return columns


def _is_column(column: Any) -> bool:
    return isinstance(column, Iterable) and not isinstance(column, str | bytes | Mapping)


def _write_parquet(table: Any) -> bytes:
    buffer = io.BytesIO()
    write = _parquet_writer(table)
    try:
        write(buffer)
    except ImportError as error:
        raise MissingExtraError("A table in Parquet", "pyarrow", "pyarrow") from error
    except Exception as error:
        raise DataError(
            f"The table cannot be written as Parquet: {error}.",
            hint="Give each column values of one type, or use a path that ends in .json.",
        ) from error
    return buffer.getvalue()


def _parquet_writer(table: Any) -> Callable[[io.BytesIO], object]:
    if hasattr(table, "write_parquet"):  # polars
        # Not the default of polars: the web page cannot read zstd.
        return lambda buffer: table.write_parquet(buffer, compression="snappy")
    if hasattr(table, "to_parquet"):  # pandas
        return lambda buffer: table.to_parquet(buffer, index=False)
    columns = None if hasattr(table, "to_pydict") else _columns(table)

    def write(buffer: io.BytesIO) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        parquet.write_table(table if columns is None else pa.table(columns), buffer)

    return write
