"""What a Kibana makes of our objects: written twice, read back, compared; and a rule that fires and recovers."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from tests.stack.compose import StackError

from model_logs import dashboards, install
from model_logs.alerts.rulebook import rules
from model_logs.dashboards.kibana.names import dashboard_id, esql
from model_logs.install import kibana
from model_logs.install.kibana.rule_bodies import ALERTS_INDEX, object_id, query_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from elasticsearch import Elasticsearch

    from model_logs.install.kibana import Kibana

RULE = "high-error-rate"


def exported(opened: Kibana, client: Elasticsearch) -> dict[str, Any]:
    """Return every object of ours as Kibana gives it back, by its kind and name, without times and counters."""
    kinds = {kind.name: kind for kind in kibana.kibana_kinds(opened, client)}
    found = {}
    for each in kibana.kibana_objects(opened):
        body = kinds[each.kind].get(each.name)
        found[f"{each.kind} {each.name}"] = None if body is None else kinds[each.kind].canonical(body)
    return found


def import_again(opened: Kibana, client: Elasticsearch) -> None:
    """Write every object once more, whether or not it differs."""
    kinds = {kind.name: kind for kind in kibana.kibana_kinds(opened, client)}
    for each in kibana.kibana_objects(opened):
        kind = kinds[each.kind]
        there = kind.get(each.name)
        kind.write(each.name, dict(each.body), kind.mark(there or {}), there)


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return the objects that are not the same in both exports."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def not_as_written(found: dict[str, Any], version: tuple[int, int]) -> Iterator[str]:
    """Yield what an export lacks: a dashboard's title, the query of a panel, the name or the query of a rule.

    Args:
        found: The export.
        version: Of the Kibana, for which the query of a rule is written.
    """
    for name in dashboards.names():
        asked = dashboards.load_dashboard(name)
        texts = set(_texts(found.get(f"Kibana dashboard {dashboard_id(name)}")))
        if asked.title not in texts:
            yield f"{name}: its title"
        for panel in asked.panels:
            if _plain(esql(panel)) not in texts:
                yield f"{name}: the query of {panel.id}"
    for rule in rules.load_rules():
        texts = set(_texts(found.get(f"Kibana alert rule {object_id('rule', rule.id)}")))
        if not {f"[model-logs] {rule.name}", _plain(query_text(rule, version))} <= texts:
            yield f"{rule.id}: its name or its query"


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in a body, also those in JSON that is itself a text, with blanks as one blank."""
    if isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield _plain(value)
        if value[:1] in "[{" and value:
            try:
                yield from _texts(json.loads(value))
            except ValueError:
                return


def _plain(text: str) -> str:
    return " ".join(text.split())


def imported_twice(opened: Kibana, client: Elasticsearch) -> str:
    """Write all objects again, and look for a difference between the exports before and after.

    Raises:
        StackError: Something differs, is missing, or would be written once more.
    """
    before = exported(opened, client)
    import_again(opened, client)
    after = exported(opened, client)
    wrong = [*differences(before, after), *not_as_written(after, opened.version)]
    wrong += [
        f"{step.object.name}: {step.state.name}"
        for step in install.make_plan(client, kibana=opened).steps
        if step.state is not install.ObjectState.CURRENT
    ]
    if wrong:
        raise StackError("not as written:\n" + "\n".join(wrong))
    return f"{len(after)} objects, the same before and after; `plan` has nothing to do"


def fired_and_recovered(client: Elasticsearch, write: Callable[[int, int], object], model: str) -> str:
    """Let the rule fire by failed predictions and recover by good ones, as Kibana's own actions record it.

    Args:
        client: Of the cluster.
        write: Writes so many failed predictions and so many good ones, into the path of events.
        model: The model that they are of.

    Raises:
        StackError: Kibana records nothing of the kind in time.
    """
    begun = time.monotonic()
    write(60, 40)
    fired = _recorded(client, "fired", model)
    write(0, 2_000)
    _recorded(client, "recovered", model)
    return f"{fired}: fired and recovered within {time.monotonic() - begun:.0f} s"


def _recorded(client: Elasticsearch, kind: str, model: str, *, seconds: float = 300) -> str:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = client.search(index=ALERTS_INDEX, size=1000, ignore_unavailable=True)["hits"]["hits"]
        for hit in (each["_source"] for each in found):
            if hit["rule"] == RULE and hit["kind"] == kind and model in hit["alert"]:
                return str(hit["alert"])
        time.sleep(5)
    raise StackError(f"{RULE} of {model} was not recorded as {kind} in {ALERTS_INDEX} within {seconds:.0f} s")
