"""Outages: alerts of one rule and one owner that begin within a minute are one incident and few messages. Pure.

The first alert of an outage is told at once and leads it: the incident bears its key. Those that begin within the
next minute join it and are told together when the minute is over. It is resolved when its last alert is over.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from model_logs.alerts.rulebook.transitions import Episode

__all__ = ["TOGETHER", "grouped", "lead_of", "outages", "owner_of_episode"]

# So long after its first alert others join an outage.
TOGETHER = timedelta(minutes=1)


def grouped(new: Iterable[Episode], known: Iterable[Episode], at: datetime) -> list[Episode]:
    """Return alerts that people are to be told of now, each in its outage.

    Args:
        new: The alerts, the worst first.
        known: Those that fire and were told before.
        at: When they are told.
    """
    # Lead → its owner, and when the outage began.
    opened = {lead_of(each): (owner_of_episode(each), each.grouped_at or each.since) for each in known if each.told}
    found = []
    for episode in new:
        owner = owner_of_episode(episode)
        recent = [
            (began, lead)
            for lead, (other, began) in opened.items()
            if other == owner and timedelta(0) <= at - began <= TOGETHER
        ]
        if recent:
            began, lead = max(recent)
        else:
            # An outage that this very alert led may go on with others: its incident is open, and is joined.
            lead = episode.key
            _, began = opened.get(lead, (owner, at))
        opened.setdefault(lead, (owner, began))
        found.append(replace(episode, group=lead, grouped_at=began))
    return found


def lead_of(episode: Episode) -> str:
    """Return the key of the alert that leads its outage; an alert told by an earlier version leads its own."""
    return episode.group or episode.key


def owner_of_episode(episode: Episode) -> str:
    """Return the owner of an alert; empty for one that an earlier version began."""
    return episode.labels.get("owner", "")


def outages(found: Iterable[Episode]) -> list[tuple[datetime, list[Episode]]]:
    """Return alerts that were found late by their outages, the oldest first: when each began, and its alerts."""
    made: list[tuple[datetime, list[Episode]]] = []
    newest: dict[str, int] = {}
    for episode in sorted(found, key=lambda each: each.since):
        owner = owner_of_episode(episode)
        number = newest.get(owner)
        if number is None or episode.since - made[number][0] > TOGETHER:
            newest[owner] = number = len(made)
            made.append((episode.since, []))
        made[number][1].append(episode)
    return made
