"""The model as the service sees it: a server that is asked over HTTP, behind a time-out and a circuit breaker.

The breaker (purgatory) opens after some failures in a row; from then on nobody waits for a server that does not
answer, until it is tried again. It opens and closes for this process alone, and each opening and closing is an event.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState

from fraud_service.champion import Copies
from fraud_service.payments import MODEL
from model_logs import logger

if TYPE_CHECKING:
    from fraud_service.payments import Row
    from fraud_service.settings import Settings

_CIRCUIT = "model-server"
# What the contract calls the states of the breaker.
_STATES = {"closed": "closed", "opened": "open", "half-opened": "half_open"}


class NoAnswerError(Exception):
    """The model did not answer, or was not asked since its circuit is open.

    Attributes:
        circuit_state: The state of the circuit when this was decided.
    """

    def __init__(self, reason: str, circuit_state: str) -> None:
        super().__init__(reason)
        self.circuit_state = circuit_state


@dataclass(frozen=True, slots=True)
class Answer:
    """A score of the model, the version that gave it, and the state of the circuit that let it through."""

    score: float
    version: str
    circuit_state: str


class Model:
    """Asks the model server.

    Args:
        settings: Where it is, and how long it has.
    """

    def __init__(self, settings: Settings) -> None:
        self._timeout_s = settings.model_timeout_s
        # Without time-outs of httpx's own, which are for each step of a call: the one in `_ask` is for all of it.
        self._client = httpx.AsyncClient(base_url=settings.model_server_url, timeout=None, trust_env=False)  # noqa: S113
        self._circuits = AsyncCircuitBreakerFactory(settings.circuit_failures, settings.circuit_open_s)
        self._circuits.add_listener(self._changed)
        self._failure = ""
        self._opened = False
        # Until it answers: the version that it has most likely.
        self.version = Copies.of(MODEL, settings).champion()
        self.circuit_state = "closed"

    async def score(self, row: Row) -> Answer:
        """Return the model's answer.

        Raises:
            NoAnswerError: It gave none, or none of use, in time; or its circuit is open.
        """
        # Shielded: a caller that leaves says nothing about the model, and the breaker counts what the model did.
        return await asyncio.shield(asyncio.ensure_future(self._guarded(row)))

    async def _guarded(self, row: Row) -> Answer:
        circuit = await self._circuits.get_breaker(_CIRCUIT)
        state = "open"
        try:
            async with circuit:
                state = _STATES[circuit.context.state]
                score, version = await self._ask(row)
        except OpenedState:
            raise NoAnswerError("the circuit is open", "open") from None
        except Exception as error:  # whatever it is, somebody else answers
            raise NoAnswerError(f"{type(error).__name__}: {error}".removesuffix(": "), state) from error
        self.version = version
        return Answer(score, version, state)

    async def _ask(self, row: Row) -> tuple[float, str]:
        try:
            async with asyncio.timeout(self._timeout_s):
                reply = await self._client.post("/score", json=row._asdict())
            reply.raise_for_status()
            told = reply.json()
            score, version, name = float(told["score"]), str(told["version"]), told["model"]
            if name != MODEL or not 0 <= score <= 1:
                raise ValueError(f"the server of {name} answered {score}")  # noqa: TRY301  # one place for all failures
        except Exception as error:
            self._failure = type(error).__name__
            raise
        return score, version

    def _changed(self, _: str, what: str, event: Any) -> None:
        """Log that the circuit opened or closed. A trial that fails opens no new circuit: it is the same outage."""
        if what != "state_changed":
            return
        self.circuit_state = _STATES[event.state]
        if self.circuit_state == "open" and not self._opened:
            self._opened = True
            logger.circuit_opened(
                model_name=MODEL, model_version=self.version, circuit_state="open", reason=self._failure
            )
        elif self.circuit_state == "closed" and self._opened:
            self._opened = False
            logger.circuit_closed(
                model_name=MODEL, model_version=self.version, circuit_state="closed", reason="the model answers again"
            )

    async def close(self) -> None:
        """End the connections."""
        await self._client.aclose()
