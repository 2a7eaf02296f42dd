"""From an intent to words: the templates of `alerts/templates/`, filled with a rule, a row and a runbook.

What is sent where is `channels`'s; here is what it says. Values come from log events, so whatever a channel takes for
markup is escaped by its template.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from shlex import quote as quoted
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from model_logs import assets
from model_logs.alerts import runbooks
from model_logs.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jinja2 import Environment

    from model_logs.alerts.machine import Episode, Intent
    from model_logs.alerts.rules import Rule

__all__ = [
    "Links",
    "Message",
    "filled",
    "measured",
    "message",
    "plain_message",
    "plain_summary",
    "span",
    "spoken",
    "summary_of",
]

_SHOWN = 4
_PLACEHOLDER = re.compile(r"\bMODEL\b")
_LINKED = re.compile(r"\[([^\]]+)\]\([^)]+\)")
_LONG = 1_000


@dataclass(frozen=True, slots=True)
class Links:
    """Where messages point to.

    Attributes:
        kibana: Base address of Kibana; without it the message names the command to look with.
        runbooks: Base address of the folder with the runbooks; without it the message names the file.
    """

    kibana: str = ""
    runbooks: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be told to one channel.

    Attributes:
        id: The same for the same notification, so that a receiver can tell a repeat.
        incident: The same for firing and recovery of one alert: PagerDuty's deduplication key.
        kind: fired or recovered.
        rule: The rule's id.
        level: critical, warning or info.
        title: One line.
        body: The channel's template, filled.
        link: The dashboard, when there is an address.
        runbook: The runbook, address or file.
        may_repeat: It may have arrived before.
        facts: What it is about, for programs.
    """

    id: str
    incident: str
    kind: str
    rule: str
    level: str
    title: str
    body: str
    link: str
    runbook: str
    may_repeat: bool
    facts: Mapping[str, Any] = field(repr=False)


def message(rule: Rule, intent: Intent, *, links: Links, holder: str) -> Message:
    """Fill the template of the intent's channel.

    Args:
        rule: The rule.
        intent: What is to be sent.
        links: Where to point to.
        holder: This process; an intent that another one stored may have been sent by it.

    Raises:
        AssetError: The template or the rule's summary asks for something that is not there.
    """
    values = _values(rule, intent, links, may_repeat=intent.holder != holder)
    environment = _environment(rule.source.parent.parent / "templates")
    values["summary"] = _summary(environment, rule, values)
    title = _filled(environment, "title.j2", values)
    body = values["summary"]
    if intent.channel in {"slack", "email", "pagerduty"}:
        body = _filled(environment, f"{intent.channel}.j2", values)
    link = values["link"] if links.kibana else ""
    return _message(rule, intent, title, body, link=link, runbook=values["runbook"], values=values)


def plain_message(rule: Rule, intent: Intent, *, holder: str) -> Message:
    """Return a message without template, summary and runbook, for when one of these cannot be used."""
    what = "RECOVERED" if intent.kind == "recovered" else rule.severity
    text = f"{what} {plain_summary(rule, intent.episode)}"
    values = {"may_repeat": intent.holder != holder, "first_steps": ()}
    steps = f"{text}, since {_moment(intent.episode.since)}. Runbook: {rule.runbook}"
    return _message(rule, intent, text, steps, link="", runbook=rule.runbook, values=values)


def plain_summary(rule: Rule, episode: Episode) -> str:
    """Return a sentence about an alert without asking its rule for one."""
    value, threshold = measured(episode.value, rule.unit), measured(episode.threshold, rule.unit)
    return f"{rule.name}: {episode.key}, value {value}, threshold {threshold}"


def _message(
    rule: Rule, intent: Intent, title: str, body: str, *, link: str, runbook: str, values: Mapping[str, Any]
) -> Message:
    return Message(
        id=intent.id,
        incident=_incident(rule, intent.episode.key),
        kind=intent.kind,
        rule=rule.id,
        level=rule.level,
        title=" ".join(title.split()),
        body=body,
        link=link,
        runbook=runbook,
        may_repeat=values["may_repeat"],
        facts={
            "severity": rule.severity,
            "owner": rule.owner,
            "alert": intent.episode.key,
            "by": {name: intent.episode.row.get(name) for name in rule.by},
            "value": intent.episode.value,
            "threshold": intent.episode.threshold,
            "unit": rule.unit,
            "since": intent.episode.since.isoformat(),
            "until": intent.episode.until and intent.episode.until.isoformat(),
            "late": intent.late,
            "first_steps": list(values["first_steps"]),
        },
    )


def filled(rule: Rule, template: str, values: Mapping[str, Any]) -> str:
    """Return a template that stands beside a rule, filled."""
    return _filled(_environment(rule.source.parent.parent / "templates"), template, values)


def spoken(rule: Rule, episode: Episode) -> str:
    """Return the rule's sentence about an alert, or a plain one when that cannot be made."""
    try:
        return summary_of(rule, episode.row)
    except AssetError:
        return plain_summary(rule, episode)


def summary_of(rule: Rule, row: Mapping[str, Any]) -> str:
    """Return the rule's sentence about one row."""
    environment = _environment(rule.source.parent.parent / "templates")
    return _summary(environment, rule, dict(row))


def _values(rule: Rule, intent: Intent, links: Links, *, may_repeat: bool) -> dict[str, Any]:
    episode = intent.episode
    return {
        **episode.row,
        "name": rule.name,
        "severity": rule.severity,
        "owner": rule.owner,
        "unit": rule.unit,
        "window": span(rule.window),
        "value": episode.value,
        "threshold": episode.threshold,
        "model": episode.row.get("model_name"),
        "environment": episode.row.get("environment"),
        "since": episode.since,
        "at": episode.last_true,
        "until": episode.until,
        "recovered": intent.kind == "recovered",
        "late": intent.late,
        "may_repeat": may_repeat,
        # Whoever reads that it is over needs none, and the runbook of a rule that was taken away is gone.
        "first_steps": () if intent.kind == "recovered" else _steps(rule, episode.row.get("model_name")),
        "runbook": f"{links.runbooks.rstrip('/')}/{rule.runbook}" if links.runbooks else f"runbooks/{rule.runbook}",
        "link": _link(rule, episode.row, episode.since - rule.window, episode.last_true, links),
    }


def _steps(rule: Rule, model: object) -> tuple[str, ...]:
    """Return the first steps with the model's name in their commands and without links to other files."""
    steps = [_LINKED.sub(r"\1", step) for step in runbooks.first_steps(rule.runbook_file)]
    return tuple(_PLACEHOLDER.sub(lambda _: quoted(str(model)), step) if model else step for step in steps)


def _link(rule: Rule, row: Mapping[str, Any], start: datetime, end: datetime, links: Links) -> str:
    if not links.kibana:
        model = row.get("model_name")
        return f"model-logs alerts explain {quoted(str(model))}" if model else "model-logs alerts list"
    from model_logs.kibana._names import dashboard_id  # `model_logs.kibana` builds on this module

    time = f"(time:(from:'{start.isoformat()}',to:'{end.isoformat()}'))"
    return f"{links.kibana.rstrip('/')}/app/dashboards#/view/{dashboard_id(rule.dashboard)}?_g={quote(time)}"


def _incident(rule: Rule, key: str) -> str:
    from hashlib import sha256

    text = f"model-logs:{rule.id}:{key}"
    # PagerDuty takes 255 characters.
    return text if len(text) <= 255 else f"model-logs:{rule.id}:{sha256(key.encode()).hexdigest()}"  # noqa: PLR2004


@lru_cache
def _environment(folder: Path) -> Environment:
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        # A folder of somebody's own needs no templates of its own.
        loader=FileSystemLoader([folder, assets.path("alerts/templates")]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Plain text and Slack's own markup; the filter `slack` escapes what Slack reads.
        autoescape=False,
    )
    environment.filters |= {
        "number": _number,
        "measured": measured,
        "listed": _listed,
        "moment": _moment,
        "slack": _slack,
    }
    return environment


def _summary(environment: Environment, rule: Rule, values: Mapping[str, Any]) -> str:
    from jinja2 import TemplateError

    try:
        return " ".join(environment.from_string(rule.summary).render(values).split())
    except TemplateError as error:
        raise AssetError(
            f"The summary of {rule.source} cannot be filled: {error}",
            next_step="Use columns of the rule's query only.",
        ) from error


def _filled(environment: Environment, name: str, values: Mapping[str, Any]) -> str:
    from jinja2 import TemplateError

    try:
        return environment.get_template(name).render(values).strip()
    except TemplateError as error:
        raise AssetError(
            f"The template {name} cannot be filled: {error}", next_step="Correct it in alerts/templates/."
        ) from error


def spelled(value: object) -> str:
    """Return a value of a row for people: a moment, a figure, or a text as it stands."""
    return _moment(value) if isinstance(value, datetime) else _number(value)


def _number(value: object) -> str:
    if not isinstance(value, int | float):
        return "?" if value is None else str(value)
    if float(value).is_integer() or abs(value) >= _LONG:
        return f"{value:,.0f}"
    return f"{value:.{_SHOWN}g}"


def measured(value: object, unit: str) -> str:
    """Return a figure with its unit, for people: 1 event, 2 events, 3 ms."""
    if value == 1 and len(unit) > len("ms"):
        unit = " ".join(word.removesuffix("s") for word in unit.split())
    return "none" if value is None else f"{_number(value)} {unit}"


def _listed(value: object) -> str:
    items = [str(each) for each in (value if isinstance(value, list | tuple) else [value])]
    more = len(items) - _SHOWN
    return ", ".join(items) if more <= 0 else f"{', '.join(items[:_SHOWN])} and {more} more"


def _moment(value: datetime | str | None) -> str:
    if value is None:
        return "?"
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def span(span: timedelta) -> str:
    """Return a span of time for people."""
    seconds = int(span.total_seconds())
    hours, minutes = seconds // 3600, seconds // 60
    return f"{hours} h" if seconds % 3600 == 0 else f"{minutes} min" if seconds % 60 == 0 else f"{seconds} s"


def _slack(value: object) -> str:
    # What Slack takes for links, mentions and channels begins with one of these.
    return str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
