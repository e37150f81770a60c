import shutil
import subprocess
import sys
import threading
import time
import types

import pynvml
import pytest

import treadle
from treadle.errors import ConfigError
from treadle.tracking.system import sample_machine

LEVELS = {
    "system_memory_usage_megabytes",
    "system_memory_usage_percentage",
    "process_memory_usage_megabytes",
    "disk_usage_megabytes",
    "disk_usage_percentage",
    "disk_available_megabytes",
}


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
        "nvmlDeviceGetMemoryInfo": lambda device: types.SimpleNamespace(
            used=4e9 + device, total=8e9
        ),  # bytes
        "nvmlDeviceGetUtilizationRates": lambda device: types.SimpleNamespace(
            gpu=70 + device
        ),  # percent
        "nvmlDeviceGetPowerUsage": lambda device: 150_000,  # milliwatts
        "nvmlDeviceGetEnforcedPowerLimit": lambda device: 300_000,
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
        (
            "nvmlDeviceGetUtilizationRates",
            {
                "memory_usage_megabytes",
                "memory_usage_percentage",
                "power_usage_watts",
                "power_usage_percentage",
            },
        ),
        (
            "nvmlDeviceGetEnforcedPowerLimit",
            {"memory_usage_megabytes", "memory_usage_percentage", "utilization_percentage"},
        ),
        (
            "nvmlDeviceGetMemoryInfo",
            {"utilization_percentage", "power_usage_watts", "power_usage_percentage"},
        ),
    ],
)
def test_what_a_gpu_does_not_tell_is_left_out(monkeypatch, function, left):
    def refuse(device):
        raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)

    monkeypatch.setattr(pynvml, function, refuse)
    assert {name.removeprefix("gpu_1_") for name in sample_second_gpu()} == left


@pytest.mark.skipif(shutil.which("nvidia-smi") is not None, reason="this machine has a driver")
def test_without_a_driver_there_are_no_gpus():
    assert not [name for name in next(sample_machine()) if name.startswith("gpu")]


@pytest.fixture
def nvidia_smi():
    """Asks NVIDIA's own program; a dictionary for each device."""
    if shutil.which("nvidia-smi") is None:
        pytest.skip("it takes a GPU and its driver")

    def ask(*fields):
        command = ["nvidia-smi", f"--query-gpu={','.join(fields)}", "--format=csv,noheader,nounits"]
        lines = subprocess.run(
            command, capture_output=True, text=True, check=True
        ).stdout.splitlines()
        return [dict(zip(fields, map(float, line.split(",")), strict=True)) for line in lines]

    return ask


def test_real_gpus_are_sampled_as_their_own_program_tells(nvidia_smi):
    told = nvidia_smi("memory.total", "memory.used", "memory.reserved", "enforced.power.limit")
    sample = next(sample_machine())
    assert {name.split("_")[1] for name in sample if name.startswith("gpu")} == {
        str(n) for n in range(len(told))
    }
    for number, device in enumerate(told):
        memory, share, busy, watts, power = (
            sample[f"gpu_{number}_{name}"]
            for name in (
                "memory_usage_megabytes",
                "memory_usage_percentage",
                "utilization_percentage",
                "power_usage_watts",
                "power_usage_percentage",
            )
        )
        mebibyte = 1.048576
        assert memory == pytest.approx(
            (device["memory.used"] + device["memory.reserved"]) * mebibyte, abs=600
        )
        assert memory / share * 100 == pytest.approx(device["memory.total"] * mebibyte, rel=0.001)
        assert watts / power * 100 == pytest.approx(device["enforced.power.limit"], rel=0.01)
        assert 0 <= busy <= 100


def test_a_training_on_a_gpu(store, nvidia_smi):
    torch = pytest.importorskip("torch", reason="it takes a PyTorch that has CUDA")
    if not torch.cuda.is_available():
        pytest.skip("it takes a PyTorch that has CUDA")
    before = nvidia_smi("memory.used")[0]["memory.used"]
    with treadle.start_run("r", system_metrics=0.1) as run:
        much = torch.ones(2_000_000_000, dtype=torch.uint8, device="cuda")
        factor = torch.full((4096, 4096), 1 / 4096, dtype=torch.bfloat16, device="cuda")
        product = factor
        begin = time.monotonic()
        for step in range(100_000):
            product = product @ factor
            if step % 100 == 0:
                run.log_metrics(
                    {"mean": product.mean(), "share": (much == 1).float().mean()}, step=step
                )
                if time.monotonic() - begin > 5:
                    break
    found = store.get_run("r").run.metrics
    assert found["share"] == 1
    assert found["mean"] == pytest.approx(1 / 4096, rel=0.01)
    summaries = {one.key: one for one in store.get_run("r").metrics}
    assert summaries["system/gpu_0_utilization_percentage"].max > 50
    assert summaries["system/gpu_0_memory_usage_megabytes"].max > before + 2000
    assert (
        summaries["system/gpu_0_power_usage_watts"].max
        > summaries["system/gpu_0_power_usage_watts"].min
    )
