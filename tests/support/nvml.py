"""A stand-in for NVIDIA's driver library below the real binding: no GPU is on the machines that run the tests.

It has the functions of `libnvidia-ml.so.1` that the sampler reaches through `pynvml`, fills the structures as the
documentation of NVML says, answers with its error codes, and refuses a call before `nvmlInit` as the real one does.
"""

from __future__ import annotations

from typing import Any

__all__ = ["Driver"]

OK, UNINITIALIZED, INVALID_ARGUMENT, NOT_SUPPORTED, GPU_IS_LOST = 0, 1, 2, 3, 15


class Driver:
    """The library as ctypes shows it: a function for each name.

    Args:
        used: The use of each device in percent; None for one that does not support the question, such as one with
            MIG, -1 for one that fell off the bus.
    """

    def __init__(self, used: list[int | None]) -> None:
        self.used = used
        self.users = 0

    def nvmlInitWithFlags(self, flags: Any) -> int:  # noqa: N802 - the driver's own name
        self.users += 1
        return OK

    def nvmlShutdown(self) -> int:  # noqa: N802 - the driver's own name
        if not self.users:
            return UNINITIALIZED
        self.users -= 1
        return OK

    def nvmlDeviceGetCount_v2(self, count: Any) -> int:  # noqa: N802 - the driver's own name
        if not self.users:
            return UNINITIALIZED
        count._obj.value = len(self.used)
        return OK

    def nvmlDeviceGetHandleByIndex_v2(self, index: Any, handle: Any) -> int:  # noqa: N802 - the driver's own name
        if not self.users:
            return UNINITIALIZED
        if not 0 <= index.value < len(self.used):
            return INVALID_ARGUMENT
        handle._obj._number = index.value
        return OK

    def nvmlDeviceGetUtilizationRates(self, handle: Any, rates: Any) -> int:  # noqa: N802 - the driver's own name
        if not self.users:
            return UNINITIALIZED
        used = self.used[handle._number]
        if used is None:
            return NOT_SUPPORTED
        if used < 0:
            return GPU_IS_LOST
        rates._obj.gpu, rates._obj.memory = used, 1
        return OK
