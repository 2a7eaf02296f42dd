"""A sampler of GPU use: one `quality` event for each device at an interval, so that the GPU panel has a source.

It asks NVIDIA's own binding (extra `gpu`) from a thread of its own, in the process that serves or in one beside it,
and raises nothing: what cannot be read is said on standard error, at most each ten seconds, and tried again.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Self

from model_logs._logger.complaints import complain
from model_logs.extras import missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from model_logs._logger import Logger

__all__ = ["Sampler"]

_SHORTEST = 0.1
_PATIENCE = 5.0


class Sampler:
    """Samples GPU use until it is stopped, `with Sampler(model_name="assistant"):` or by `start` and `stop`.

    A forked child has no thread of its parent's: start it where the model is loaded, in one of the workers.

    Args:
        model_name: The model that the devices work for.
        model_version: Its version.
        interval: Seconds from one sample to the next.
        devices: Which devices, by NVML's numbers; all without any.
        logger: Which logger; `model_logs.logger` without one.
        fields: Other keywords of the events: `stage`, `labels`, ….
    """

    def __init__(
        self,
        model_name: str,
        *,
        model_version: str | None = None,
        interval: float = 15.0,
        devices: Sequence[int] = (),
        logger: Logger | None = None,
        **fields: Any,
    ) -> None:
        if logger is None:
            from model_logs import logger as ours

            logger = ours
        self._logger = logger
        self._fields = {"model_name": model_name, "model_version": model_version, **fields}
        self._labels = fields.get("labels") or {}
        self._interval = max(float(interval), _SHORTEST)
        self._devices = tuple(devices)
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Begin to sample, in a thread that does not keep the process alive."""
        if self._thread is None or not self._thread.is_alive():
            self._stopped.clear()
            self._thread = threading.Thread(target=self._run, name="model-logs-gpu", daemon=True)
            self._thread.start()
        return self

    def stop(self) -> None:
        """End it, and wait for the sample that is under way."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(_PATIENCE)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def sample(self) -> int:
        """Write one event for each device now; return how many."""
        try:
            import pynvml
        except ModuleNotFoundError as error:
            complain("gpu binding", f"GPU use is not sampled. {missing(error) or error}")
            return 0
        try:
            pynvml.nvmlInit()
        except pynvml.NVMLError as error:
            complain(
                "gpu driver",
                f"GPU use is not sampled: {error}. Next step: see that `nvidia-smi` works where the model is served.",
            )
            return 0
        try:
            written = 0
            for number, used in _readings(pynvml, self._devices):
                labels = {**self._labels, "gpu": str(number)}
                self._logger.event("quality", **{**self._fields, "gpu_utilization_pct": used, "labels": labels})
                written += 1
            return written
        finally:
            pynvml.nvmlShutdown()

    def _run(self) -> None:
        while True:
            try:
                self.sample()
            except Exception as error:  # noqa: BLE001 - a thread of ours must not end for one odd answer
                kind = type(error).__name__
                complain("gpu sample", f"GPU use could not be sampled: {kind}: {error}. It is tried again.")
            if self._stopped.wait(self._interval):
                return


def _readings(pynvml: Any, devices: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the number of each device and its use in percent; one that cannot be read is said and left out."""
    for number in devices or range(pynvml.nvmlDeviceGetCount()):
        try:
            handle = pynvml.nvmlDeviceGetHandleByIndex(number)
            used = pynvml.nvmlDeviceGetUtilizationRates(handle).gpu
        except pynvml.NVMLError as error:
            # A device that is cut into instances (MIG) has no use of its own.
            complain(f"gpu {number}", f"The use of GPU {number} cannot be read: {error}.")
            continue
        yield number, int(used)
