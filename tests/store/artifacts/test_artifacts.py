"""The contract of artifact storages on a folder and on what fsspec reaches; paths and damage."""

import ntpath
import os
import posixpath
import tempfile
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.errors import StoreError
from treadle.store import check_artifact_path, open_artifacts
from treadle.testing import ArtifactStorageSuite


class TestArtifactStorages(ArtifactStorageSuite):
    @pytest.fixture(params=["folder", "memory", "sent and renamed", "s3"])
    def storage(self, request, tmp_path):
        if request.param == "s3":
            yield open_artifacts(request.getfixturevalue("bucket"))
        elif request.param == "folder":
            yield open_artifacts(str(tmp_path / "kept"))
        elif request.param == "memory":
            import fsspec

            yield open_artifacts("memory://kept")
            fsspec.filesystem("memory").store.clear()
        else:
            yield open_artifacts(f"local://{tmp_path}/kept")

    def damage(self, storage, digest):
        place = storage.locate(digest)
        if hasattr(storage, "folder"):
            place.write_bytes(b"wrong")
        else:
            storage._files.pipe_file(place, b"wrong")


def test_an_upload_in_blocks_leaves_no_temporary_file(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for address in (str(tmp_path / "kept"), f"local://{tmp_path}/kept"):
        contents = open_artifacts(address)
        upload = contents.begin()
        upload.write(b"one ")
        upload.finish(b"two")
        broken = contents.begin()
        broken.write(b"half")
        broken.close()
    assert not list(tmp_path.rglob(".*.stage-*"))


def test_an_upload_that_died_is_swept(tmp_path):
    contents = open_artifacts(str(tmp_path / "kept"))
    upload = contents.begin()
    upload.write(b"half")
    (left,) = (path for path in (tmp_path / "kept").rglob("*") if path.is_file())
    os.utime(left, (1, 1))
    assert contents.sweep(set(), 100.0)[0] == 1
    upload.close()


@pytest.mark.parametrize("link", ["blobs", "blobs/ab", "."])
def test_links_of_a_store_of_ones_own_are_followed(tmp_path, link):
    """As of who has the disk of the contents full, and moves a part of them to another one."""
    contents = open_artifacts(str(tmp_path / "own"))
    moved = tmp_path / "own" / link
    elsewhere = tmp_path / "big"
    elsewhere.mkdir()
    moved.parent.mkdir(exist_ok=True, parents=True)
    moved.symlink_to(elsewhere)
    digest = "blake3:ab" + "0" * 62
    path = tmp_path / "own" / "blobs" / "ab" / digest.removeprefix("blake3:")
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(b"gone")
    for left in (path.with_name(f".{path.name}.stage-0a"), path.with_name("a photo of mine.jpg")):
        left.write_bytes(b"x")
    assert contents.sweep({digest}, time.time() + 60) == (1, 1)
    assert contents.sweep(set(), time.time() + 60) == (1, 4)
    assert [one.name for one in elsewhere.rglob("*") if one.is_file()] == ["a photo of mine.jpg"]


def test_a_url_that_nothing_understands():
    with pytest.raises(StoreError, match="cannot be stored at nonsense://x"):
        open_artifacts("nonsense://x")


def test_object_storage_that_fails_is_an_error_that_says_so(bucket, monkeypatch):
    contents = open_artifacts(bucket.replace("s3://", "s3://not-there-"))
    with pytest.raises(StoreError, match="The artifact storage failed to keep a content"):
        contents.put_bytes(b"x")


@given(st.one_of(st.text(max_size=40), st.text(alphabet="./\\:%ab\0\x7f ", max_size=12)))
def test_a_path_that_is_taken_stays_below_its_root_everywhere(path):
    try:
        assert check_artifact_path(path) == path
    except StoreError:
        return
    for flavour in (posixpath, ntpath):
        if flavour is ntpath and path[1:2] == ":":
            continue  # v:1.bin is a name wherever Treadle runs; there it would be one of a drive
        root = "/root/of" if flavour is posixpath else "C:\\root\\of"
        joined = flavour.normpath(flavour.join(root, path))
        assert flavour.commonpath([root, joined]) == root
        assert joined != root
    assert "\0" not in path
    assert path.encode().decode() == path


@pytest.mark.parametrize(
    "path", ["", "/a", "a//b", "../a", "a/./b", "a\\b", "a\0b", "C:/a", "x" * 300, "a/" * 600]
)
def test_paths_that_mean_something_else_elsewhere(path):
    with pytest.raises(StoreError, match="cannot be the path"):
        check_artifact_path(path)


def blob_of(folder, digest):
    name = digest.removeprefix("blake3:")
    return folder / "kept" / "blobs" / name[:2] / name


def damage(path, how, tmp_path):
    content = path.read_bytes()
    if how == "bit":
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif how == "cut":
        path.write_bytes(content[:-1])
    elif how == "longer":
        path.write_bytes(content + b"x")
    else:
        path.unlink()
        if how == "link":
            (tmp_path / "secret").write_bytes(content)
            path.symlink_to(tmp_path / "secret")
        elif how == "pipe":
            os.mkfifo(path)
        else:
            path.mkdir()


@pytest.mark.parametrize("size", [10, 3 << 20])
@pytest.mark.parametrize("how", ["bit", "cut", "longer", "link", "pipe", "folder"])
def test_what_is_not_what_was_stored_is_an_error_and_never_whole(tmp_path, how, size):
    contents = open_artifacts(str(tmp_path / "kept"))
    digest, _ = contents.put_bytes(os.urandom(size))
    fine, _ = contents.put_bytes(b"fine")
    damage(blob_of(tmp_path, digest), how, tmp_path)
    place = blob_of(tmp_path, digest)
    whole = place.read_bytes() if how in ("bit", "cut", "longer") else b"x" * size
    come = bytearray()
    with pytest.raises(StoreError, match=f"The content {digest} in the artifact store is damaged"):
        for block in contents.read_whole(digest):
            come += block
    assert len(come) < len(whole)
    assert [digest in error.message for error in contents.find_damaged()] == [True]
    assert b"".join(contents.read_whole(fine)) == b"fine"


@pytest.mark.parametrize("how", ["bit", "cut", "longer", "link", "pipe"])
def test_a_damaged_content_is_replaced_when_it_comes_again(tmp_path, how):
    contents = open_artifacts(str(tmp_path / "kept"))
    digest, _ = contents.put_bytes(b"abc" * 100)
    damage(blob_of(tmp_path, digest), how, tmp_path)
    assert contents.put_bytes(b"abc" * 100)[0] == digest
    assert b"".join(contents.read_whole(digest)) == b"abc" * 100
    assert how != "link" or (tmp_path / "secret").read_bytes() == b"abc" * 100
    assert list(contents.find_damaged()) == []
