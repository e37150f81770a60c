"""Configuration that comes in an archive."""

import io
import shutil
import tarfile
import zipfile

import pytest

from treadle.config import load_config, open_source
from treadle.errors import ConfigError


@pytest.fixture
def conf(tmp_path):
    (tmp_path / "source" / "conf" / "base").mkdir(parents=True)
    (tmp_path / "source" / "conf" / "base" / "parameters.yml").write_text("a: 1\n")
    return tmp_path / "source" / "conf"


@pytest.mark.parametrize("form", ["zip", "gztar", "tar", "bztar"])
@pytest.mark.parametrize("base", [".", "conf"])
def test_an_archive_of_a_configuration(tmp_path, conf, form, base):
    root = conf.parent if base == "conf" else conf
    packed = shutil.make_archive(str(tmp_path / "packed"), form, root_dir=root, base_dir=base)
    folder = open_source(__import__("pathlib").Path(packed))
    assert load_config(folder).parameters.tree == {"a": 1}


def test_a_folder_is_taken_as_it_is(conf):
    assert open_source(conf) == conf


def pack_zip(path, name):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, "a: 1")


def pack_tar(path, name, kind=tarfile.REGTYPE):
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = kind, "/etc/passwd" if kind != tarfile.REGTYPE else ""
        archive.addfile(entry, io.BytesIO())


@pytest.mark.parametrize("pack", [pack_zip, pack_tar])
@pytest.mark.parametrize("name", ["../out.yml", "base/../../out.yml", "/out.yml"])
def test_nothing_is_written_outside(tmp_path, pack, name):
    pack(tmp_path / "packed", name)
    with pytest.raises(ConfigError, match="is outside of its folder"):
        open_source(tmp_path / "packed")


def test_links_are_refused(tmp_path):
    pack_tar(tmp_path / "packed", "base/parameters.yml", tarfile.SYMTYPE)
    with pytest.raises(ConfigError, match="is not a file"):
        open_source(tmp_path / "packed")


def test_an_archive_that_unpacks_to_too_much(tmp_path):
    with zipfile.ZipFile(tmp_path / "packed.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("base/parameters.yml", bytes(65 << 20))
    with pytest.raises(ConfigError, match="more than 64 MiB"):
        open_source(tmp_path / "packed.zip")


def test_what_is_no_archive(tmp_path):
    (tmp_path / "text").write_text("no archive")
    for name in ("text", "missing"):
        with pytest.raises(ConfigError, match=r"folder, a \.zip or a \.tar\.gz"):
            open_source(tmp_path / name)
