"""Who has died."""

import os
import subprocess
import sys

import msgspec

from treadle.records import ProcessIdentity
from treadle.store.process import identify, is_dead

PROGRAM = (
    "import os, sys, msgspec\n"
    "from treadle.store.process import identify\n"
    "ballast = bytearray(os.urandom(1)) * (64 << 20)\n"  # so that leaving takes the kernel a while
    "sys.stdout.buffer.write(msgspec.json.encode(identify())); sys.stdout.flush()\n"
    "os._exit(0)\n"
)


def test_this_process_lives():
    assert not is_dead(identify())


def test_a_process_that_closed_its_files_for_good_is_dead():
    """Who waits for the end of a pipe finds what the process left, though it is not gone yet."""
    for _ in range(10):
        with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE) as child:
            identity = msgspec.json.decode(child.stdout.read(), type=ProcessIdentity)
            assert is_dead(identity)  # not waited for: it is on its way out, or a zombie
        assert is_dead(identity)


def test_a_pid_that_was_given_again_is_another_process():
    identity = identify()
    assert is_dead(msgspec.structs.replace(identity, born=identity.born + 1))
    assert is_dead(msgspec.structs.replace(identity, boot="another"))
    assert not is_dead(msgspec.structs.replace(identity, host="elsewhere", pid=2**22 + os.getpid()))
