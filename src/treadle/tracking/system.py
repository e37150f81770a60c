"""Samples system metrics while a run is open: CPU, memory, disk, network, and GPUs if present.

It uses psutil if installed (extra ``system``), else ``/proc`` on Linux, and NVIDIA's library if
``nvidia-ml-py`` is installed. Names and units are MLflow's.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

_log = logging.getLogger(__name__)

_MEGABYTE: Final = 1e6
_PREFIX: Final = "system"

Sample = dict[str, float]


class SystemSampler:
    """A thread that logs samples to a run until it ends.

    Args:
        log: Called with each sample: values by name.
        interval: Seconds between samples.
    """

    def __init__(self, log: Callable[[Sample], None], interval: float) -> None:
        self._log = log
        self._interval = max(0.1, interval)
        self._stop = threading.Event()
        self._pid = os.getpid()
        self._thread = threading.Thread(target=self._work, name="treadle-system", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        samples = sample_machine()
        next(samples)  # rates count from here
        while not self._stop.wait(self._interval):
            try:
                sample = next(samples)
            except Exception as error:  # noqa: BLE001 - a failed sample must not end the run
                _log.info("System metrics cannot be read, and are left out from here on: %s", error)
                return
            self._log({f"{_PREFIX}/{name}": value for name, value in sample.items()})

    def stop(self) -> None:
        """Stop sampling."""
        self._stop.set()
        if self._pid == os.getpid() and threading.current_thread() is not self._thread:
            self._thread.join(1)


def sample_machine() -> Iterator[Sample]:
    """Yield samples; rates are since the previous sample."""
    try:
        import psutil  # noqa: F401 - only to test whether it is installed
    except ImportError:
        read: Callable[[], tuple[Sample, Sample]] = _read_proc
    else:
        read = _read_psutil
    gpus = _find_gpus()
    before: Sample = {}
    at = time.monotonic()
    while True:
        levels, totals = read()
        now = time.monotonic()
        rates = {
            name: (value - before[name]) / (now - at)
            if name.startswith("network")
            else value - before[name]
            for name, value in totals.items()
            if name in before and now > at
        }
        busy, idle = rates.pop("busy", 0.0), rates.pop("idle", 0.0)
        if busy + idle > 0:
            levels["cpu_utilization_percentage"] = 100 * busy / (busy + idle)
        before, at = totals, now
        yield {**levels, **rates, **_disk(), **(gpus() if gpus else {})}


def _disk() -> Sample:
    stat = os.statvfs(Path.cwd())
    size, free = stat.f_blocks * stat.f_frsize, stat.f_bavail * stat.f_frsize
    used = size - stat.f_bfree * stat.f_frsize
    return {
        "disk_usage_megabytes": used / _MEGABYTE,
        "disk_usage_percentage": 100 * used / size if size else 0.0,
        "disk_available_megabytes": free / _MEGABYTE,
    }


def _read_psutil() -> tuple[Sample, Sample]:
    import psutil

    memory, times, network = psutil.virtual_memory(), psutil.cpu_times(), psutil.net_io_counters()
    idle = times.idle + getattr(times, "iowait", 0.0)
    levels = {
        "system_memory_usage_megabytes": memory.used / _MEGABYTE,
        "system_memory_usage_percentage": memory.percent,
        "process_memory_usage_megabytes": psutil.Process().memory_info().rss / _MEGABYTE,
    }
    totals = {"busy": sum(times) - idle, "idle": idle}
    if network is not None:
        totals["network_receive_megabytes"] = network.bytes_recv / _MEGABYTE
        totals["network_transmit_megabytes"] = network.bytes_sent / _MEGABYTE
    return levels, totals


def _read_proc() -> tuple[Sample, Sample]:
    memory = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in _lines("/proc/meminfo")}
    used = memory["MemTotal"] - memory["MemAvailable"]
    ticks = [float(word) for word in _lines("/proc/stat")[0].split()[1:9]]
    own = int(_lines("/proc/self/statm")[0].split()[1]) * os.sysconf("SC_PAGE_SIZE")
    received = sent = 0
    for line in _lines("/proc/net/dev")[2:]:
        words = line.partition(":")[2].split()
        received, sent = received + int(words[0]), sent + int(words[8])
    levels = {
        "system_memory_usage_megabytes": used / _MEGABYTE,
        "system_memory_usage_percentage": 100 * used / memory["MemTotal"],
        "process_memory_usage_megabytes": own / _MEGABYTE,
    }
    idle = ticks[3] + ticks[4]
    totals = {
        "busy": sum(ticks) - idle,
        "idle": idle,
        "network_receive_megabytes": received / _MEGABYTE,
        "network_transmit_megabytes": sent / _MEGABYTE,
    }
    return levels, totals


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="ascii", errors="replace").splitlines()


def _find_gpus() -> Callable[[], Sample] | None:
    """Return a function that samples NVIDIA GPUs; None without GPUs or their library."""
    try:
        import pynvml

        pynvml.nvmlInit()
        handles = [
            pynvml.nvmlDeviceGetHandleByIndex(number)
            for number in range(pynvml.nvmlDeviceGetCount())
        ]
    except Exception as error:  # noqa: BLE001 - no library, driver or device: no GPU metrics
        _log.debug("No GPUs are sampled: %s", error)
        return None
    return lambda: _sample_gpus(pynvml, handles)


def _sample_gpus(library: Any, handles: list[Any]) -> Sample:
    sample: Sample = {}
    for number, handle in enumerate(handles):
        for read in (_gpu_memory, _gpu_utilization, _gpu_power):
            try:
                figures = read(library, handle)
            except library.NVMLError:
                continue  # a MIG device has no utilization, a laptop's card no power
            sample |= {f"gpu_{number}_{name}": value for name, value in figures.items()}
    return sample


def _gpu_memory(library: Any, handle: Any) -> Sample:
    memory = library.nvmlDeviceGetMemoryInfo(handle)
    return {
        "memory_usage_megabytes": memory.used / _MEGABYTE,
        "memory_usage_percentage": 100 * memory.used / memory.total if memory.total else 0.0,
    }


def _gpu_utilization(library: Any, handle: Any) -> Sample:
    return {"utilization_percentage": library.nvmlDeviceGetUtilizationRates(handle).gpu}


def _gpu_power(library: Any, handle: Any) -> Sample:
    watts = library.nvmlDeviceGetPowerUsage(handle) / 1000  # it returns milliwatts
    most = library.nvmlDeviceGetEnforcedPowerLimit(handle) / 1000  # the lowest of the limits
    return {
        "power_usage_watts": watts,
        "power_usage_percentage": 100 * watts / most if most else 0.0,
    }
