"""Logs images and sounds by step, and tables."""

import operator
import os
from pathlib import Path, PurePosixPath
from typing import Any, Final, SupportsIndex
from urllib.parse import quote

from treadle.errors import DataError
from treadle.tracking.artifacts import ArtifactLog
from treadle.tracking.values import check_key

_TABLES: Final = (".parquet", ".json")


class MediaLog(ArtifactLog):
    """The methods of a run that log images, sounds and tables.

    They raise for values that cannot be logged; failures of the store are counted on the run.
    """

    def log_image(self, image: Any, key: str, step: SupportsIndex = 0) -> None:
        """Store an image of a series, as the artifact ``media/KEY/STEP.png``.

        Args:
            image: An image of Pillow; an array with the shape (height, width) or with 1, 3 or 4
                channels, of bytes or of numbers from 0 to 1; a figure of matplotlib; or an image
                file as its path or its bytes.
            key: The series, such as ``samples`` or ``val/masks``.
            step: The step; another image of the same step and format replaces it.

        Raises:
            DataError: It is not an image.
        """
        from treadle.tracking.media import IMAGES, encode_image

        if not self._log_file(image, key, step, IMAGES):
            self.log_bytes(encode_image(image), _media_path(key, step, "png"))

    def log_audio(
        self, audio: Any, key: str, step: SupportsIndex = 0, rate: int | None = None
    ) -> None:
        """Store a sound of a series, as the artifact ``media/KEY/STEP.wav``.

        Args:
            audio: An array with the shape (samples,) or (samples, channels), of int16 or of numbers
                from -1 to 1; or an audio file as its path or its bytes.
            key: The series.
            step: The step; another sound of the same step and format replaces it.
            rate: Samples per second of an array.

        Raises:
            DataError: It is not a sound.
        """
        from treadle.tracking.media import SOUNDS, encode_sound

        if not self._log_file(audio, key, step, SOUNDS):
            self.log_bytes(encode_sound(audio, rate), _media_path(key, step, "wav"))

    def log_table(self, data: Any, path: str) -> None:
        """Store a table as an artifact that pages show with its columns.

        Args:
            data: A table of pandas, polars or pyarrow, a dict of columns, or a list of dicts.
            path: The artifact, which ends in ``.parquet`` or ``.json``; without a suffix it becomes
                Parquet if pyarrow is installed, else JSON.

        Raises:
            DataError: It is not a table, or the suffix is another.
            MissingExtraError: Parquet needs a library that is not installed.
        """
        from treadle.tracking.media import encode_table, table_suffix

        suffix = PurePosixPath(path).suffix.lower()
        if not suffix:
            suffix = table_suffix()
            path += suffix
        if suffix not in _TABLES:
            raise DataError(f"{path} cannot be a table: end it in .parquet or .json.")
        self.log_bytes(encode_table(data, suffix), path)

    def _log_file(
        self, content: Any, key: str, step: SupportsIndex, suffixes: frozenset[str]
    ) -> bool:
        """Store a file, by its path or its bytes; return whether the content is one."""
        from treadle.tracking.media import recognise

        if isinstance(content, str | os.PathLike):
            source = Path(content)
            suffix = source.suffix.lower().removeprefix(".")
            if suffix not in suffixes:
                raise DataError(
                    f"{source} is not a file that can be logged here.",
                    hint=f"Its suffix must be one of {', '.join(sorted(suffixes))}.",
                )
            if not source.is_file():
                raise DataError(f"There is no file {source} to log.")
            self._store_file(source, _media_path(key, step, suffix))
            return True
        if not isinstance(content, bytes | bytearray | memoryview):
            return False
        content = bytes(content)
        suffix = recognise(content)
        if suffix not in suffixes:
            raise DataError(
                "The format of these bytes is unknown.",
                hint=f"Use the bytes of a file: {', '.join(sorted(suffixes))}.",
            )
        self.log_bytes(content, _media_path(key, step, suffix))
        return True


def _media_path(key: str, step: SupportsIndex, suffix: str) -> str:
    """Return the path of an item of a series: its key is one folder, whatever it contains."""
    try:
        number = operator.index(step)
    except TypeError:
        raise DataError(f"The step must be an integer, and not {step!r}.") from None
    folder = quote(check_key(key), safe=" ")
    if not folder.strip("."):
        folder = folder.replace(".", "%2E")
    return f"media/{folder}/{number}.{suffix}"
