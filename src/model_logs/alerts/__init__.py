"""Alerts as code: rules, their tests, and the evaluator that fires them without Kibana or a paid licence.

The rules, runbooks, rule tests and message templates are data under `alerts/`; this package reads, renders and runs
them. The same ES|QL text of a rule is asked by Kibana, by our evaluator and by the rule's tests.
"""

from __future__ import annotations
