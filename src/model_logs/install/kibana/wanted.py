"""The objects that should be in a Kibana: data view, dashboards, connectors and rules, in an order that works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_logs import dashboards
from model_logs.dashboards.kibana.api_body import dashboard_body
from model_logs.dashboards.kibana.names import dashboard_id
from model_logs.dashboards.kibana.saved_objects import data_view, saved_dashboard
from model_logs.install.kibana import rules
from model_logs.install.model import Object

if TYPE_CHECKING:
    from model_logs.dashboards.panels import Dashboard
    from model_logs.install.kibana.client import Kibana

__all__ = ["DASHBOARD", "VIEW", "kibana_objects", "ordered"]

VIEW = "Kibana data view"
DASHBOARD = "Kibana dashboard"


def kibana_objects(kibana: Kibana) -> list[Object]:
    """Return every object in the order of installation, in the form that this Kibana takes.

    Raises:
        AssetError: A dashboard cannot be read.
    """
    form = dashboard_body if kibana.has_dashboards_api else saved_dashboard
    view = data_view()
    found = [Object(DASHBOARD, dashboard_id(each.id), form(each)) for each in ordered()]
    return [Object(VIEW, view["id"], view), *found, *rules.alerting_objects(kibana)]


def ordered() -> list[Dashboard]:
    """Return the dashboards of the project, each after the one that its drill-down leads to."""
    waiting = [dashboards.load_dashboard(name) for name in dashboards.names()]
    done: list[Dashboard] = []
    while waiting:
        names = {each.id for each in waiting}
        # Where two lead to each other, or to nothing, any order is as good; lint and Kibana say what is wrong.
        free = [each for each in waiting if not (each.drilldown and each.drilldown.dashboard in names - {each.id})]
        done += free or waiting
        waiting = [each for each in waiting if each not in done]
    return done
