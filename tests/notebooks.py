"""The kernel of a real notebook."""

import contextlib
import os
import sys

import pytest


class Notebook:
    """A kernel, and cells sent to it."""

    def __init__(self, folder):
        from jupyter_client.manager import start_new_kernel

        self.manager, self.client = start_new_kernel(
            startup_timeout=60,
            cwd=str(folder),
            env={**os.environ, "PYTHONPATH": ""},
            kernel_name="python3",
            extra_arguments=["--IPKernelApp.capture_fd_output=False"],
        )

    def run(self, code):
        """Run a cell; give what it printed, or its error's name."""
        shown = []
        reply = self.client.execute_interactive(
            code,
            timeout=60,
            output_hook=lambda message: shown.append(message["content"].get("text", "")),
        )
        status = reply["content"]["status"]
        return "".join(shown) if status == "ok" else reply["content"]["ename"]

    def messages(self, code):
        """Run a cell; give the types and contents of what the kernel sent to the page."""
        found = []
        self.client.execute_interactive(
            code,
            timeout=60,
            output_hook=lambda message: found.append((message["msg_type"], message["content"])),
        )
        return found

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    from jupyter_client.kernelspec import KernelSpec

    # Only this interpreter's kernel, whatever the machine has.
    monkeypatch.setattr(
        "jupyter_client.kernelspec.KernelSpecManager.get_kernel_spec",
        lambda self, name: KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        ),
    )
    opened = Notebook(tmp_path)
    yield opened
    with contextlib.suppress(Exception):
        opened.stop()
