import shutil
import sys
import threading
import types

import pynvml
import pytest

import treadle
from treadle.errors import ConfigError
from treadle.tracking.system import sample_machine

LEVELS = {
    "system_memory_usage_megabytes", "system_memory_usage_percentage", "process_memory_usage_megabytes",
    "disk_usage_megabytes", "disk_usage_percentage", "disk_available_megabytes",
}  # fmt: skip


@pytest.mark.parametrize("library", ["psutil", "none"])
def test_samples_of_the_machine(monkeypatch, library):
    if library == "none":
        monkeypatch.setitem(sys.modules, "psutil", None)
    samples = sample_machine()
    assert set(next(samples)) >= LEVELS
    sum(n * n for n in range(2_000_000))  # so that the processor's clock goes on
    found = next(samples)
    assert set(found) >= LEVELS | {"network_receive_megabytes", "network_transmit_megabytes"}
    assert 0 <= found["cpu_utilization_percentage"] <= 100
    assert 0 < found["system_memory_usage_percentage"] < 100
    assert 1 < found["process_memory_usage_megabytes"] < found["system_memory_usage_megabytes"] * 2


def test_a_run_logs_them_until_it_ends(store, monkeypatch):
    sampled = threading.Event()
    original = treadle.Run.log_metrics

    def watch(run, metrics, *arguments, **options):
        original(run, metrics, *arguments, **options)
        sampled.set()

    monkeypatch.setattr(treadle.Run, "log_metrics", watch)
    with treadle.start_run("r", system_metrics=0.1):
        assert sampled.wait(30)
    found = {one.key: one for one in store.get_run("r").metrics}
    assert {f"system/{name}" for name in LEVELS} <= set(found)
    assert not [thread for thread in threading.enumerate() if thread.name == "treadle-system"]


def test_the_environment_decides(store, monkeypatch):
    for value, samples in [("0", False), ("true", True), ("2.5", True)]:
        monkeypatch.setenv("TREADLE_SYSTEM_METRICS", value)
        with treadle.start_run("r"):
            names = {thread.name for thread in threading.enumerate()}
            assert ("treadle-system" in names) == samples
    monkeypatch.setenv("TREADLE_SYSTEM_METRICS", "often")
    with pytest.raises(ConfigError, match="use a number of seconds"):
        treadle.start_run("r")
    assert treadle.active_run() is None


@pytest.fixture
def gpus(monkeypatch):
    """Answers in the place of a driver's: two devices, in the units of NVML's documentation.

    They are put into NVIDIA's own library, so that it has each of these functions.
    """
    for name, answer in {
        "nvmlInit": lambda: None,
        "nvmlDeviceGetCount": lambda: 2,
        "nvmlDeviceGetHandleByIndex": lambda number: number,
        "nvmlDeviceGetMemoryInfo": lambda device: types.SimpleNamespace(used=4e9 + device, total=8e9),  # bytes
        "nvmlDeviceGetUtilizationRates": lambda device: types.SimpleNamespace(gpu=70 + device),  # percent
        "nvmlDeviceGetPowerUsage": lambda device: 150_000,  # milliwatts
        "nvmlDeviceGetPowerManagementLimit": lambda device: 300_000,
    }.items():
        monkeypatch.setattr(pynvml, name, answer)


def sample_second_gpu():
    samples = sample_machine()
    next(samples)
    return {name: value for name, value in next(samples).items() if name.startswith("gpu_1_")}


@pytest.mark.usefixtures("gpus")
def test_gpus_are_sampled():
    assert sample_second_gpu() == {
        "gpu_1_memory_usage_megabytes": pytest.approx(4000),
        "gpu_1_memory_usage_percentage": pytest.approx(50),
        "gpu_1_utilization_percentage": 71,
        "gpu_1_power_usage_watts": 150,
        "gpu_1_power_usage_percentage": 50,
    }


@pytest.mark.usefixtures("gpus")
@pytest.mark.parametrize(
    ("function", "left"),
    [
        ("nvmlDeviceGetUtilizationRates", {"memory_usage_megabytes", "memory_usage_percentage", "power_usage_watts", "power_usage_percentage"}),
        ("nvmlDeviceGetPowerManagementLimit", {"memory_usage_megabytes", "memory_usage_percentage", "utilization_percentage"}),
        ("nvmlDeviceGetMemoryInfo", {"utilization_percentage", "power_usage_watts", "power_usage_percentage"}),
    ],
)  # fmt: skip
def test_what_a_gpu_does_not_tell_is_left_out(monkeypatch, function, left):
    def refuse(device):
        raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)

    monkeypatch.setattr(pynvml, function, refuse)
    assert {name.removeprefix("gpu_1_") for name in sample_second_gpu()} == left


@pytest.mark.skipif(shutil.which("nvidia-smi") is not None, reason="this machine has a driver")
def test_without_a_driver_there_are_no_gpus():
    assert not [name for name in next(sample_machine()) if name.startswith("gpu")]


@pytest.mark.skipif(shutil.which("nvidia-smi") is None, reason="it takes a driver")
def test_a_real_gpu():
    samples = sample_machine()
    next(samples)
    found = next(samples)
    assert 0 < found["gpu_0_memory_usage_percentage"] <= 100
