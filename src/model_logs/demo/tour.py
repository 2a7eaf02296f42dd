"""The course of the demo: each step says what it does and what came of it."""

from __future__ import annotations

import secrets
import shutil
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from model_logs.dashboards.report import cell
from model_logs.demo.mlflow_server import MLflowServer
from model_logs.demo.options import OURS, TRACE, DemoOptions, check
from model_logs.demo.pages import GATE_S, PAGES, judge_versions, write_pages
from model_logs.errors import ModelLogsError
from model_logs.lineage.page import trace_page, write_page
from model_logs.lineage.story import trace

if TYPE_CHECKING:
    from collections.abc import Callable

    from elasticsearch import Elasticsearch

    from model_logs.cluster import Connection
    from model_logs.dashboards.report import Report
    from model_logs.demo.models import Version
    from model_logs.demo.registry import DemoRegistry
    from model_logs.demo.traffic import Traffic
    from model_logs.lineage.story import Trace

__all__ = ["DemoOptions", "Outcome", "run"]

_STEPS = 11
# What the older job predicts, at most; it writes ten lines a second.
_NIGHTLY = 120
# Requests from which on a gate can know something.
_ENOUGH = 5_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of the demo.

    Attributes:
        reports: The answers: of the first page all, of the outcomes those by version.
        pages: The HTML pages, in the order of the dashboards, and that of the trace.
        url: Of the cluster.
        sent: Requests that were sent.
        node_home: The folder of the development node that still runs, or None.
        trace: One prediction that failed, and who is behind the version that failed.
    """

    reports: tuple[Report, ...]
    pages: tuple[Path, ...]
    url: str
    sent: int
    node_home: Path | None
    trace: Trace


def run(options: DemoOptions, say: Callable[[str], None]) -> Outcome:
    """Run the demo, from the node to the page.

    Args:
        options: Where, how much, and whose cluster.
        say: Called with each line for people.

    Raises:
        ModelLogsError: A part of it failed; everything that was started is ended.
    """
    check(options)
    with ExitStack() as stack:
        return _Demo(options, say, stack).run()


class _Demo:
    """One run; the stack ends what it started, whatever happens."""

    def __init__(self, options: DemoOptions, say: Callable[[str], None], stack: ExitStack) -> None:
        self._options = options
        self._tell = say
        self._stack = stack
        self._folder = options.folder.absolute()
        self._log = self._folder / "logs" / "events.log"
        self._nightly = self._folder / "logs" / "nightly.log"
        self._trail = self._folder / "logs" / "registry.log"
        self._mlflow: MLflowServer | None = None
        self._node_home: Path | None = None
        self._run_id = f"demo-{secrets.token_hex(4)}"
        self._statuses: Counter[int] = Counter()
        self._number = 0
        self._began = 0.0
        # Model and version → when a gate judges it.
        self._spans: dict[tuple[str, str], tuple[datetime, datetime]] = {}
        self._done_well = False

    def run(self) -> Outcome:
        """Go through all steps."""
        from model_logs.cluster import connect
        from model_logs.demo.registry import ENVIRONMENT

        self._clear()
        if self._options.mlflow:
            # It takes as long to start as the next three steps.
            self._mlflow = MLflowServer(self._options.mlflow, self._folder / "mlflow", self._trail)
            self._stack.callback(self._mlflow.stop)
        self._step(
            "Starting the development node: a real Elasticsearch" if not self._options.connection else "Cluster"
        )
        connection = self._options.connection or self._node()
        client = self._stack.enter_context(connect(connection))
        self._done(f"Elasticsearch {client.info()['version']['number']} answers at {connection.shown}")

        self._step("Installing policies, templates, streams and lookup indices (elk-bootstrap apply)")
        self._install(client)

        self._step("Training classifiers on data sets that come with scikit-learn")
        versions = self._train()

        began = datetime.now(UTC)
        traffic = self._serve_and_ask(self._register(versions), connection, client)
        ended = datetime.now(UTC) + timedelta(milliseconds=1)

        self._step("Shipping the log file (model-logs ship)")
        self._ship(connection)
        self._compare(client, began, ended)

        self._step("The truth about the predictions comes later (logger.outcome, model-logs outcomes collect)")
        self._learn(traffic.truths, connection, client, began)

        self._step("Would gates have let these versions pass? (model-logs gate)")
        judge_versions(client, self._folder, ENVIRONMENT, self._spans, self._tell)
        self._done("the evidence is in gate-evidence/")

        self._step(f"Asking the panels of {len(PAGES)} dashboards and drawing them (model-logs report)")
        # To now, so that the verdicts of the gates are among them.
        reports, pages = write_pages(client, self._folder, ENVIRONMENT, began, datetime.now(UTC))
        self._done(f"wrote {', '.join(page.name for page in pages)}")

        failed = traffic.failed[-1]
        self._step(f"Who is behind a prediction that failed? (model-logs trace {failed})")
        found = trace(client, failed)
        write_page(trace_page(found), self._folder / TRACE)
        self._done(f"{len(found.lineages)} version, {sum(len(each.history) for each in found.lineages)} events of it")
        self._done_well = True
        if self._options.keep and self._node_home:
            self._stack.pop_all()
        return Outcome(
            reports,
            (*pages, self._folder / TRACE),
            connection.shown,
            self._statuses.total(),
            self._node_home if self._options.keep else None,
            found,
        )

    def _step(self, what: str) -> None:
        self._number += 1
        self._began = time.monotonic()
        self._tell(f"{self._number}/{_STEPS} {what}")

    def _done(self, what: str) -> None:
        self._tell(f"    {what}  [{time.monotonic() - self._began:.1f} s]")

    def _node(self) -> Connection:
        from model_logs import node
        from model_logs.cluster import Connection

        home = self._folder / "node"
        if running := node.find_running_node(home):
            self._tell(f"    stopping the node that an earlier demo left running ({running.url})")
            running.stop()
        shutil.rmtree(home, ignore_errors=True)
        # A node that is to stay must not end with this process, so then it is stopped here on every other way out.
        self._stack.callback(self._forget_node, home)
        started = node.start_node(home, stop_with_parent=not self._options.keep, progress=True)
        self._stack.callback(started.stop)
        self._node_home = home
        return Connection(url=started.url)

    def _forget_node(self, home: Path) -> None:
        """Remove the data of a node that ended well; after a failure its log may be wanted."""
        if self._done_well:
            shutil.rmtree(home, ignore_errors=True)

    def _clear(self) -> None:
        """Remove what an earlier demo wrote, so that only this one's events are shipped."""
        for name in OURS - {"node"}:
            path = self._folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        self._log.parent.mkdir(parents=True, exist_ok=True)

    def _install(self, client: Elasticsearch) -> None:
        from model_logs import install

        report = install.install(client)
        outcomes = Counter(result.outcome for result in report.results)
        self._done(", ".join(f"{number} {outcome}" for outcome, number in sorted(outcomes.items())))

    def _train(self) -> list[Version]:
        from model_logs.demo.models import train

        versions = train(self._folder)
        for version in versions:
            self._tell(f"    {version.model} {version.version}: {version.what}; right in {version.accuracy:.1%}")
        self._done(f"{len(versions)} versions")
        return versions

    def _register(self, versions: list[Version]) -> DemoRegistry:
        """Make models and versions known to the registry, and put the first of each into production."""
        from model_logs import logger
        from model_logs.demo.models import CANCER, DIGITS
        from model_logs.demo.registry import ENVIRONMENT

        self._step("Registering them" + (" in MLflow, whose server has our store in it" if self._mlflow else ""))
        logger.configure(path=self._log, service="demo-operations", environment=ENVIRONMENT)
        registry = self._registry()
        for model in (DIGITS, CANCER):
            registry.register(model, "alice")
        for version in versions:
            registry.add_version(version, "alice")
            registry.fetch(version.model, version.version)
        for model in (DIGITS, CANCER):
            registry.promote(model, "1", "staging", "alice")
            registry.approve(model, "1", "carol")
            registry.promote(model, "1", "production", "carol")
        self._done(f"{len(versions)} versions; the first of each model is approved and in production")
        return registry

    def _registry(self) -> DemoRegistry:
        """Return MLflow's registry; the demo's own where MLflow is not wanted, or does not start."""
        from model_logs.demo.mlflow_registry import MLflowRegistry
        from model_logs.demo.registry import DemoRegistry, registry_file

        file = registry_file(self._folder)
        if self._mlflow is None:
            self._tell("    in a small registry of the demo's own, since there is no MLflow (--mlflow)")
            return DemoRegistry(file, self._trail)
        try:
            registry = MLflowRegistry.at(self._mlflow, file, self._trail, self._folder, self._stack)
        except ModelLogsError as error:
            self._tell(f"    {error.what} {error.next_step} The demo goes on with a small registry of its own.")
            self._mlflow = None
            return DemoRegistry(file, self._trail)
        self._tell(f"    MLflow answers at {self._mlflow.url}; alice, bob and carol have passwords there")
        return registry

    def _serve_and_ask(self, registry: DemoRegistry, connection: Connection, client: Elasticsearch) -> Traffic:
        """Serve, ask, promote, ask, take back what was no good; return the clients, who know what was right."""
        from model_logs.demo.models import CANCER, DIGITS
        from model_logs.demo.nightly import older_job
        from model_logs.demo.server import WORKERS, serving
        from model_logs.demo.traffic import THREADS, Traffic

        self._step(f"Serving them by FastAPI in {WORKERS} processes, which log into one file")
        with older_job(self._folder, self._nightly, _NIGHTLY), serving(self._folder, self._log) as url:
            self._done(f"serving at {url}")
            self._step(f"Asking {self._options.requests:,} times over HTTP from {THREADS} threads")
            traffic = Traffic(url, self._run_id)
            began = datetime.now(UTC)
            self._ask(traffic, 0.3, "digits 1 in production")
            self._baseline(connection, client, began)

            registry.promote(DIGITS, "2", "staging", "alice")
            if refused := registry.promote(DIGITS, "2", "production", "bob"):
                self._tell(f"    bob tries to promote digits 2: refused, {refused}")
            registry.approve(DIGITS, "2", "carol")
            registry.promote(DIGITS, "2", "production", "carol")
            promoted = datetime.now(UTC)
            self._ask(traffic, 0.2, "digits 2 promoted: the large forest is slow")
            self._spans[DIGITS, "2"] = promoted, datetime.now(UTC)

            # Nobody but its author has looked at this one.
            registry.promote(DIGITS, "3", "staging", "alice")
            registry.approve(DIGITS, "3", "alice")
            registry.promote(DIGITS, "3", "production", "alice")
            self._ask(traffic, 0.15, "digits 3 promoted: fast, but it fails on missing pixels")
            registry.fall_back(DIGITS, "1", "fails on missing pixels")
            self._ask(traffic, 0.1, "digits 1 answers what digits 3 cannot")

            registry.roll_back(DIGITS, "1", "carol", "fails on missing pixels")
            self._ask(traffic, 0.1, "rolled back to digits 1; clients scan in the dark", in_the_dark=True)
            self._ask(traffic, 1.0, "the light is on again")
            # A gate judges half a minute at least, and needs hundreds of predictions for that.
            while self._options.requests >= _ENOUGH and datetime.now(UTC) < began + timedelta(seconds=GATE_S + 1):
                self._statuses += traffic.ask(100)
            self._spans[CANCER, "1"] = began, datetime.now(UTC)
        registry.close()
        if self._mlflow:
            missing, heard = self._mlflow.compared()
            self._tell(
                f"    registry reconcile: {missing} changes of MLflow are missing in the audit trail; the receiver"
                f" got {heard} webhooks of the same changes, and wrote none of them a second time"
            )
        return traffic

    def _ask(self, traffic: Traffic, share: float, what: str, *, in_the_dark: bool = False) -> None:
        """Ask a share of all questions; a share of 1 is the rest."""
        rest = self._options.requests - self._statuses.total()
        began = time.monotonic()
        found = traffic.ask(min(rest, round(self._options.requests * share)), in_the_dark=in_the_dark)
        self._statuses += found
        seconds = time.monotonic() - began
        failed = sum(number for status, number in found.items() if status >= 500)  # noqa: PLR2004  # HTTP: our fault
        self._tell(
            f"    {what}: {found.total():,} requests, {failed:,} failed, {found.total() / seconds:,.0f}/s"
            f"  [{seconds:.1f} s]"
        )

    def _baseline(self, connection: Connection, client: Elasticsearch, began: datetime) -> None:
        """Ship what there is, so that later versions can be compared with what version 1 did (baseline record)."""
        from model_logs import baselines
        from model_logs.demo.models import CANCER, DIGITS
        from model_logs.demo.registry import ENVIRONMENT
        from model_logs.state import disk_samples
        from model_logs.state.audit_trail import Recorder

        self._ship(connection)
        disk_samples.write_disk_samples(client, datetime.now(UTC))
        client.indices.refresh(index="logs-model.prediction-*,metrics-model.*")
        recorder = Recorder(client, "model-logs-baseline")
        ended = datetime.now(UTC)
        for model in (DIGITS, CANCER):
            figures = baselines.measure(
                client,
                model,
                ENVIRONMENT,
                version="1",
                end=ended,
                window=ended - began,
                min_events=1,
            )
            baselines.record(client, recorder, figures, by="carol", at=ended)
            self._tell(f"    recorded as the baseline of {model}: p99 {cell(figures.p99_ms, 'ms')}")

    def _ship(self, connection: Connection) -> None:
        from model_logs.ship import Settings, Shipper

        logs, trail = (f"{self._log}*", str(self._nightly)), (str(self._trail),)
        # The registry's changes are attested: nobody who can write the service's log can forge one.
        for patterns, attested, state in ((logs, False, "ship"), (trail, True, "ship-attested")):
            settings = Settings(
                patterns=patterns, state=self._folder / state, once=True, max_wait=60.0, attested=attested
            )
            shipper = Shipper(connection, settings, say=lambda text: self._tell(f"    {text}"), show_progress=False)
            totals = shipper.run()
            self._tell(f"    {'attested: ' if attested else ''}{totals.sentences()[0]}")
            if not totals.ok:
                raise ModelLogsError(
                    "Not every event was taken by the cluster.",
                    next_step=f"Look into {settings.dead_letter_path}, and into the failure store of the streams.",
                )

    def _compare(self, client: Elasticsearch, began: datetime, ended: datetime) -> None:
        """Find every prediction again by the id that the client gave its request."""
        from model_logs import query

        client.indices.refresh(index="logs-model.*,metrics-model.*")
        file = Path(__file__).parent / "found_again.esql"
        found = query.run(client, file, start=began, end=ended, params={"run": f"{self._run_id}-"}).records()[0]
        sent = self._statuses.total()
        if found["requests"] != sent or found["predictions"] != sent:
            raise ModelLogsError(
                f"{sent:,} predictions were asked for; in Elasticsearch are {found['predictions'] or 0:,}"
                f" with {found['requests']:,} request ids.",
                next_step=f"Look into {self._folder}: logs/, service.log and ship/.",
            )
        self._done(f"{sent:,} requests sent, {sent:,} predictions found, each once, by its request id")

    def _learn(
        self, truths: list[tuple[str, str, str]], connection: Connection, client: Elasticsearch, began: datetime
    ) -> None:
        from model_logs.demo.quality import collect, tell
        from model_logs.demo.registry import ENVIRONMENT

        told = tell(truths)
        self._ship(connection)
        found = collect(client, ENVIRONMENT, began, datetime.now(UTC) + timedelta(milliseconds=1))
        if found.rows != told:
            raise ModelLogsError(
                f"{told:,} outcomes were logged; {found.rows:,} were joined with their prediction.",
                next_step=f"Look into {self._folder}: logs/ and ship/.",
            )
        self._done(f"{told:,} of {len(truths):,} answers have their outcome now")
