import os
import re
import resource
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treadle.errors import StoreError
from treadle.records import MetricLogged, ParamsLogged, RecordsDropped, SnapshotTaken, TagsSet
from treadle.store import JournalReader, JournalWriter, read_header
from treadle.store.journal import _FRAME

numbers = st.floats(allow_nan=False) | st.just(float("inf"))
entries = st.one_of(
    st.builds(
        MetricLogged,
        st.just("r"),
        st.text(max_size=9),
        st.integers(-(2**63), 2**63 - 1),
        numbers,
        numbers,
    ),
    st.builds(
        TagsSet, st.just("r"), st.dictionaries(st.text(max_size=5), st.text(max_size=9), max_size=3)
    ),
    st.builds(
        ParamsLogged,
        st.just("r"),
        st.dictionaries(st.text(max_size=5), st.none() | st.booleans() | numbers, max_size=3),
    ),
    st.builds(SnapshotTaken, st.just("r"), st.just("config"), st.binary(max_size=200)),
)


def write(path, written, first=1):
    writer = JournalWriter(path, run="r", writer="w", first=first)
    ends = [writer.size]
    for entry in written:
        writer.append(entry)
        ends.append(writer.size)
    writer.close()
    return ends


def read(path, limit=5000):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        reader = JournalReader(descriptor, path)
        found = []
        while batch := reader.read(limit, is_complete=True):
            found += batch
        return reader, found
    finally:
        os.close(descriptor)


@given(st.lists(entries, max_size=30), st.integers(1, 7))
def test_what_is_written_is_read(tmp_path_factory, written, limit):
    path = tmp_path_factory.mktemp("j") / "r-w.log"
    write(path, written, first=5)
    reader, found = read(path, limit)
    assert found == written
    assert reader.header.run == "r"
    assert (reader.header.first, reader.next) == (5, 5 + len(written))
    assert read_header(path).owner.pid == os.getpid()


@given(st.lists(entries, min_size=1, max_size=10), st.data())
def test_cut_anywhere_gives_the_whole_entries_before(tmp_path_factory, written, data):
    path = tmp_path_factory.mktemp("j") / "r-w.log"
    ends = write(path, written)
    cut = data.draw(st.integers(0, ends[-1]))
    os.truncate(path, cut)
    _, found = read(path)
    whole = sum(end <= cut for end in ends[1:])
    assert found == written[:whole]


@given(st.lists(entries, min_size=1, max_size=10), st.data())
def test_a_flipped_byte_is_never_taken_for_data_and_hides_nothing_else(
    tmp_path_factory, written, data
):
    path = tmp_path_factory.mktemp("j") / "r-w.log"
    ends = write(path, written)
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    reader, found = read(path)
    hit = next((number for number, end in enumerate(ends) if at < end), None)
    if hit == 0:  # the header: who wrote it is known from the name of the file
        assert found == written
        assert (reader.header.writer, reader.has_owner, reader.damaged) == ("w", False, 1)
    elif hit == len(written):  # the last: it may be in the middle of being written
        assert found[: hit - 1] == written[: hit - 1]
        rest = found[hit - 1 :]
        assert not rest or rest == [lost(rest[0])]
    else:
        assert found == [*written[: hit - 1], lost(found[hit - 1]), *written[hit:]]
        assert reader.damaged == 1


def lost(entry):
    assert re.fullmatch(r"\d+ bytes of a journal are damaged", entry.why)
    return RecordsDropped("r", 1, entry.why)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_length_that_is_damaged_hides_nothing_where_it_ends_at_another_frame(tmp_path, number):
    path = tmp_path / "r-w.log"
    written = [MetricLogged("r", "m", step, 0.0, float(step)) for step in range(5)]
    ends = write(path, written)
    content = bytearray(path.read_bytes())
    begin = ends[number - 1] if number else 0
    content[begin : begin + 4] = (ends[3] - begin - 8).to_bytes(4, "little")
    path.write_bytes(content)
    reader, found = read(path)
    assert reader.damaged == 1
    assert [one for one in found if one in written] == [
        *written[: max(number - 1, 0)],
        *written[number:],
    ]


def test_a_damaged_entry_that_holds_a_journal_is_one_entry(tmp_path):
    write(
        tmp_path / "other-w.log", [MetricLogged("other", "m", step, 0.0, 1.0) for step in range(3)]
    )
    held = SnapshotTaken("r", "graph", (tmp_path / "other-w.log").read_bytes())
    after = TagsSet("r", {"a": "b"})
    path = tmp_path / "r-w.log"
    ends = write(path, [TagsSet("r", {"a": "a"}), held, after])
    content = bytearray(path.read_bytes())
    content[ends[1] + 10] ^= 1
    path.write_bytes(content)
    _, found = read(path)
    assert [type(one) for one in found] == [TagsSet, RecordsDropped, TagsSet]


@given(st.binary(max_size=3000))
@settings(max_examples=300)
def test_any_bytes_are_read_without_an_error_of_another_kind(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("j") / "r-w.log"
    path.write_bytes(content)
    try:
        _, found = read(path)
    except StoreError:
        return
    assert found == []


def test_reading_goes_on_where_it_stopped(tmp_path):
    writer = JournalWriter(tmp_path / "a.log", run="r", writer="w")
    descriptor = os.open(tmp_path / "a.log", os.O_RDONLY)
    reader = JournalReader(descriptor)
    assert reader.read() == []
    for number in range(3):
        entry = TagsSet("r", {"n": str(number)})
        writer.append(entry)
        assert reader.read() == [entry]
        assert reader.read() == []
    big = SnapshotTaken("r", "graph", os.urandom(3 << 20))  # longer than what is read at once
    writer.append(big)
    assert reader.read() == [big]
    os.close(descriptor)
    writer.close()


def test_an_entry_that_does_not_fit_on_the_disk_leaves_no_trace(tmp_path):
    writer = JournalWriter(tmp_path / "a.log", run="r", writer="w")
    kept = TagsSet("r", {"n": "1"})
    writer.append(kept)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (writer.size + 50, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            writer.append(TagsSet("r", {"text": "x" * 500}))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    later = TagsSet("r", {"n": "2"})
    writer.append(later)
    writer.close()
    assert read(tmp_path / "a.log")[1] == [kept, later]


def test_a_journal_is_never_overwritten(tmp_path):
    write(tmp_path / "a.log", [])
    with pytest.raises(FileExistsError):
        JournalWriter(tmp_path / "a.log", run="r", writer="w")


def test_a_newer_format_and_an_unknown_entry_are_refused(tmp_path):
    import msgspec

    def frame(payload):
        return _FRAME.pack(len(payload), crc32(payload)) + payload

    header = ["h", 99, "r", "w", 1, [1, "host", "boot", 0]]
    (tmp_path / "new.log").write_bytes(frame(msgspec.msgpack.encode(header)))
    with pytest.raises(StoreError, match="format 99; this Treadle knows up to 1"):
        read(tmp_path / "new.log")
    write(tmp_path / "odd.log", [])
    with (tmp_path / "odd.log").open("ab") as file:
        file.write(frame(msgspec.msgpack.encode(["zz", 1])))
    with pytest.raises(StoreError, match="is invalid"):
        read(tmp_path / "odd.log")
