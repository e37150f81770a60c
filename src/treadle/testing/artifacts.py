"""The suite for artifact storages."""

import time
from pathlib import Path

import pytest

from treadle.errors import StoreError
from treadle.store import ContentStore, part_name


def _read(storage: ContentStore, digest: str) -> bytes:
    return b"".join(storage.read(digest, 0, storage.size(digest)))


class ArtifactStorageSuite:
    """Tests of an artifact storage: contents by their digests, and parts by their names.

    A subclass overrides the fixture `storage`, and `damage`.
    """

    @pytest.fixture
    def storage(self) -> ContentStore:
        """Return an empty storage."""
        raise NotImplementedError(f"Define the fixture storage in {type(self).__name__}.")

    def damage(self, storage: ContentStore, digest: str) -> None:
        """Replace the bytes of a content, without the storage."""
        raise NotImplementedError(f"Define the method damage in {type(self).__name__}.")

    def test_contents_are_read(self, storage: ContentStore, tmp_path: Path) -> None:
        """Files and bytes are stored once, by their digest, and read in whole or in part."""
        file = tmp_path / "file"
        file.write_bytes(b"abc" * 1000)
        digest, size = storage.put_file(file)
        assert (size, _read(storage, digest)) == (3000, b"abc" * 1000)
        assert storage.put_bytes(b"abc" * 1000) == (digest, 3000)
        assert b"".join(storage.read(digest, 1, 5)) == b"bcab"
        assert b"".join(storage.read_whole(digest)) == b"abc" * 1000
        empty, _ = storage.put_bytes(b"")
        assert _read(storage, empty) == b""
        with pytest.raises(FileNotFoundError):
            storage.size("blake3:" + "0" * 64)

    def test_a_content_is_uploaded_in_blocks(self, storage: ContentStore) -> None:
        """It is stored when the last block is written; an upload that is closed leaves nothing."""
        upload = storage.begin()
        upload.write(b"one ")
        upload.write(b"two ")
        digest, size = upload.finish(b"three")
        assert (size, _read(storage, digest)) == (13, b"one two three")
        assert storage.put_bytes(b"one two three")[0] == digest
        broken = storage.begin()
        broken.write(b"half")
        broken.close()
        assert storage.sweep({digest}, time.time() + 60) == (0, 0)

    def test_parts_are_stored_until_they_are_dropped(self, storage: ContentStore) -> None:
        """A part replaces that of its name, and is independent of an equal content."""
        for content in (b"wrong", b"first"):
            upload = storage.begin("u/1")
            upload.write(content)
            upload.finish()
        upload = storage.begin("u/2")
        assert upload.finish(b"")[1] == 0
        equal, _ = storage.put_bytes(b"first")
        assert [_read(storage, part_name(name)) for name in ("u/1", "u/2")] == [b"first", b""]
        for name in ("u/1", "u/2", "u/2"):
            storage.drop(name)
        with pytest.raises(FileNotFoundError):
            storage.size(part_name("u/1"))
        abandoned = storage.begin("v/1")
        abandoned.finish(b"of an upload that was never finished")
        assert storage.sweep({equal}, time.time() + 60) == (1, 36)
        assert _read(storage, equal) == b"first"

    def test_unreferenced_contents_are_swept(self, storage: ContentStore) -> None:
        """Those that are older than a time, and only when they are to be deleted."""
        used, _ = storage.put_bytes(b"used")
        unused, _ = storage.put_bytes(b"gone")
        assert storage.sweep({used}, time.time() - 60) == (0, 0)
        assert storage.sweep({used}, time.time() + 60, dry=True) == (1, 4)
        assert storage.sweep({used}, time.time() + 60) == (1, 4)
        assert _read(storage, used) == b"used"
        with pytest.raises(FileNotFoundError):
            storage.size(unused)

    def test_a_content_is_renewed(self, storage: ContentStore) -> None:
        """Renewing returns whether the content exists in its size."""
        digest, size = storage.put_bytes(b"content")
        assert storage.renew(digest, size)
        assert not storage.renew(digest, size + 1)
        assert not storage.renew("blake3:" + "0" * 64, size)

    def test_a_damaged_content_is_an_error(self, storage: ContentStore) -> None:
        """A content that does not match its digest is never read as whole, and is listed."""
        intact, _ = storage.put_bytes(b"intact")
        digest, _ = storage.put_bytes(b"right")
        self.damage(storage, digest)
        with pytest.raises(StoreError, match="is damaged"):
            b"".join(storage.read_whole(digest))
        assert b"".join(storage.read_whole(intact)) == b"intact"
        assert [digest in error.message for error in storage.find_damaged()] == [True]
