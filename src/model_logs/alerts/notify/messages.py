"""From an intent to words: the templates of `alerts/templates/`, filled with a rule, a row and a runbook.

How a message leaves is `model_logs.channels`'s. Values come from log events: what a terminal or a chat would obey in
them is made visible (`wording`), and whatever a channel takes for markup is escaped by its template.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from shlex import quote as quoted
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from model_logs import channels
from model_logs.alerts.notify.outages import NAMED, Outage
from model_logs.alerts.notify.wording import harmless, measured, moment_for_people, render_text, span_for_people
from model_logs.alerts.rulebook import runbooks
from model_logs.alerts.rulebook.groups import lead_of, owner_of_episode
from model_logs.alerts.rulebook.labels import labels_of
from model_logs.alerts.rulebook.transitions import Intent
from model_logs.catalog.facts import NAMES
from model_logs.channels.message import Message, web_links
from model_logs.channels.stateful_receiver import LabelledAlert
from model_logs.errors import AssetError
from model_logs.printing import printable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from model_logs.alerts.rulebook.rules import Rule
    from model_logs.alerts.rulebook.transitions import Episode

__all__ = [
    "Links",
    "fill_template",
    "labelled_alert",
    "message",
    "plain_message",
    "plain_summary",
    "spoken",
    "summary_of",
]

_PLACEHOLDER = re.compile(r"\bMODEL\b")
_LINKED = re.compile(r"\[([^\]]+)\]\([^)]+\)")
# So much of a name a plain sentence shows.
_NAME = 500
# So many alerts of an outage a program is told.
_LISTED = 1_000
_SUMMARY_STEP = "Use columns of the rule's query only."


@dataclass(frozen=True, slots=True)
class Links:
    """Where messages point to.

    Attributes:
        kibana: Base address of Kibana; without it the message names the command to look with.
        runbooks: Base address of the folder with the runbooks; without it the message names the file.
    """

    kibana: str = ""
    runbooks: str = ""


def message(rule: Rule, intent: Intent, *, links: Links, holder: str, outage: Outage | None = None) -> Message:
    """Fill the template of the intent's channel.

    Args:
        rule: The rule.
        intent: What is to be sent; the worst, where the message tells of several.
        links: Where to point to.
        holder: This process; an intent that another one stored may have been sent by it.
        outage: The alerts that the message tells of; that of the intent alone where it is left out.

    Raises:
        AssetError: The template or the rule's summary asks for something that is not there.
    """
    outage = outage or _alone(intent)
    values = _values(rule, intent, links, may_repeat=outage.holders != {holder})
    summary = _summary(rule, values)
    values["summary"] = summary if outage.count == 1 else _counted(outage, values["owner"], summary)
    values |= {
        "count": outage.count,
        "before": outage.before,
        "members": [spoken(rule, each) for each in outage.episodes[:NAMED]] if outage.count > 1 else [],
        "more": max(0, outage.count - NAMED),
    }
    title = fill_template(rule, "title.j2", values)
    channel = channels.find_channel(intent.channel)
    body = fill_template(rule, channel.template, values) if channel else values["summary"]
    link = values["link"] if links.kibana else ""
    return _message(rule, intent, title, body, link=link, runbook=values["runbook"], values=values, outage=outage)


def plain_message(rule: Rule, intent: Intent, *, holder: str, outage: Outage | None = None) -> Message:
    """Return a plain message, for a rule whose template, summary or runbook cannot be used."""
    outage = outage or _alone(intent)
    what = "RECOVERED" if intent.kind == "recovered" else rule.severity
    said = plain_summary(rule, intent.episode)
    text = f"{what} {said if outage.count == 1 else _counted(outage, _owner(rule, intent.episode), said)}"
    values = {"may_repeat": outage.holders != {holder}, "first_steps": ()}
    steps = f"{text}, since {moment_for_people(intent.episode.since)}. Runbook: {rule.runbook}"
    return _message(rule, intent, text, steps, link="", runbook=rule.runbook, values=values, outage=outage)


def labelled_alert(rule: Rule, episode: Episode, until: datetime, *, links: Links, holder: str) -> LabelledAlert:
    """Return an alert for a receiver that holds the state of alerts.

    Args:
        rule: The rule.
        episode: The alert.
        until: Until when it counts without being given again, where it fires.
        links: Where to point to.
        holder: This process.
    """
    intent = Intent("", "recovered" if episode.until else "fired", episode, "alertmanager", holder)
    try:
        told = message(rule, intent, links=links, holder=holder)
    except AssetError:
        # It was said when the alert began.
        told = plain_message(rule, intent, holder=holder)
    web = web_links(told)
    annotations = {
        "summary": told.title,
        "description": told.body,
        "value": measured(episode.value, rule.unit),
        "threshold": measured(episode.threshold, rule.unit),
        "since": moment_for_people(episode.since),
        "runbook_url": web.get("Runbook", told.runbook),
        "dashboard_url": web.get("Dashboard", ""),
        "card_url": web.get("Model card", ""),
    }
    return LabelledAlert(
        labels=episode.labels or labels_of(rule, episode.key, episode.row),
        annotations={name: text for name, text in annotations.items() if text},
        starts_at=episode.since,
        ends_at=episode.until or until,
        link=web.get("Dashboard", ""),
    )


def _alone(intent: Intent) -> Outage:
    return Outage((intent.episode,), holders=frozenset({intent.holder}))


def _counted(outage: Outage, owner: str, worst: str) -> str:
    more = " more" if outage.before else ""
    return f"{outage.count:,}{more} alerts of {owner}, the worst: {worst}"


def _owner(rule: Rule, episode: Episode) -> str:
    return owner_of_episode(episode) or rule.owner


def plain_summary(rule: Rule, episode: Episode) -> str:
    """Return a sentence about an alert without asking its rule for one."""
    value, threshold = measured(episode.value, rule.unit), measured(episode.threshold, rule.unit)
    return f"{rule.name}: {printable(episode.key, most=_NAME)}, value {value}, threshold {threshold}"


def _message(
    rule: Rule,
    intent: Intent,
    title: str,
    body: str,
    *,
    link: str,
    runbook: str,
    values: Mapping[str, Any],
    outage: Outage,
) -> Message:
    return Message(
        id=intent.id,
        incident=_incident(rule, lead_of(intent.episode)),
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
            "owner": _owner(rule, intent.episode),
            "stated": harmless({name: intent.episode.row[name] for name in NAMES if name in intent.episode.row}),
            "unit": rule.unit,
            **_facts(rule, intent.episode),
            "late": intent.late,
            "first_steps": list(values["first_steps"]),
            "count": outage.count,
            "alerts": [_facts(rule, each) for each in outage.episodes[:_LISTED]],
        },
    )


def _facts(rule: Rule, episode: Episode) -> dict[str, Any]:
    return {
        "alert": printable(episode.key),
        "by": harmless({name: episode.row.get(name) for name in rule.by}),
        "value": episode.value,
        "threshold": episode.threshold,
        "since": episode.since.isoformat(),
        "until": episode.until and episode.until.isoformat(),
    }


def fill_template(rule: Rule, template: str, values: Mapping[str, Any]) -> str:
    """Return a template that stands beside a rule, filled.

    Raises:
        AssetError: It cannot be filled.
    """
    folder = rule.source.parent.parent
    step = "Correct it in alerts/templates/."
    return render_text(template, values, folder, named=f"The template {template}", next_step=step)


def spoken(rule: Rule, episode: Episode) -> str:
    """Return the rule's sentence about an alert, or a plain sentence where the rule's own fails."""
    try:
        return summary_of(rule, episode.row)
    except AssetError:
        return plain_summary(rule, episode)


def summary_of(rule: Rule, row: Mapping[str, Any]) -> str:
    """Return the rule's sentence about one row.

    Raises:
        AssetError: It cannot be made.
    """
    return _summary(rule, {**dict.fromkeys(rule.by), **row})


def _summary(rule: Rule, values: Mapping[str, Any]) -> str:
    named = f"The summary of {rule.source}"
    text = render_text(rule.summary, values, rule.source.parent.parent, named=named, next_step=_SUMMARY_STEP)
    return " ".join(text.split())


def _values(rule: Rule, intent: Intent, links: Links, *, may_repeat: bool) -> dict[str, Any]:
    episode = intent.episode
    return {
        # What was stored by an earlier form of the rule may lack a column.
        **dict.fromkeys(rule.by),
        **episode.row,
        "name": rule.name,
        "severity": rule.severity,
        "owner": _owner(rule, episode),
        "tier": episode.labels.get("tier"),
        "card": episode.row.get("card"),
        "unit": rule.unit,
        "window": span_for_people(rule.window),
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
    return tuple(_PLACEHOLDER.sub(lambda _: _typed(str(model)), step) if model else step for step in steps)


def _link(rule: Rule, row: Mapping[str, Any], start: datetime, end: datetime, links: Links) -> str:
    if not links.kibana:
        model = row.get("model_name")
        return f"model-logs alerts explain {_typed(str(model))}" if model else "model-logs alerts list"
    from model_logs.dashboards.kibana.names import dashboard_id  # `model_logs.install.kibana` builds on this module

    time = f"(time:(from:'{start.isoformat()}',to:'{end.isoformat()}'))"
    return f"{links.kibana.rstrip('/')}/app/dashboards#/view/{dashboard_id(rule.dashboard)}?_g={quote(time)}"


def _typed(name: str) -> str:
    """Return a name as it is typed in a shell, with the shell's own escapes for what is no visible character."""
    if printable(name) == name:
        return quoted(name)
    return "$'" + "".join(_escaped(character) for character in name) + "'"


def _escaped(character: str) -> str:
    code = ord(character)
    if character in "\\'":
        return f"\\{character}"
    if character.isascii():
        return character if character.isprintable() else f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004  # four digits, and eight


def _incident(rule: Rule, key: str) -> str:
    from hashlib import sha256

    text = f"model-logs:{rule.id}:{key}"
    # PagerDuty takes 255 characters.
    return text if len(text) <= 255 else f"model-logs:{rule.id}:{sha256(key.encode()).hexdigest()}"  # noqa: PLR2004
