"""Kibana: the dashboards of `dashboards/` in the two forms that Kibana takes, and their installation.

`saved_objects` writes what `_import` of 8.19 and later reads, `dashboard_body` what the Dashboards API of 9.5 and
later takes. `connect_kibana` gives a client that has looked at the version first; `kinds` and `wanted` are what
`install` plans and applies. No Kibana was at hand when this was written: it was checked against Elastic's
descriptions of its API, and against a stand-in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_logs.dashboards.kibana.api_body import dashboard_body
from model_logs.dashboards.kibana.saved_objects import DATA_VIEW, data_view, ndjson, saved_objects
from model_logs.install.kibana.client import Kibana, connect_kibana
from model_logs.install.kibana.kinds import kibana_kinds
from model_logs.install.kibana.rules import notes
from model_logs.install.kibana.wanted import kibana_objects

__all__ = [
    "DATA_VIEW",
    "Kibana",
    "connect_kibana",
    "dashboard_body",
    "data_view",
    "kibana_kinds",
    "kibana_objects",
    "ndjson",
    "notes",
    "saved_objects",
]


if not TYPE_CHECKING:  # a type checker is to see the present names alone

    def __getattr__(name):  # noqa: ANN001, ANN202
        from model_logs.old_paths import renamed

        return renamed(__name__, name)
