"""Evaluators to be killed: forks one for each line on standard input and prints its process id.

What takes long, the imports, is done once. Arguments: cluster, PagerDuty, Slack, and where time begins; one second of
this machine's clock is one minute of the evaluators'.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from datetime import UTC, datetime, timedelta

from elasticsearch import Elasticsearch

from model_logs.alerts.engine import rounds
from model_logs.alerts.notify.delivery import Delivery
from model_logs.alerts.rulebook import rules
from model_logs.channels.pagerduty import PagerDuty
from model_logs.channels.slack import Slack
from model_logs.errors import ModelLogsError
from model_logs.state.audit_trail import Recorder

CLUSTER, PAGERDUTY, SLACK, BEGIN = sys.argv[1:5]
START = datetime(2026, 2, 1, 12, tzinfo=UTC)
IDS = {"high-error-rate", "deploy-failed"}


def clock() -> datetime:
    return START + timedelta(minutes=time.time() - float(BEGIN))


def evaluate_until_killed() -> None:
    client = Elasticsearch(CLUSTER, request_timeout=30)
    made = rounds.Evaluator(
        client,
        tuple(rule for rule in rules.load_rules() if rule.id in IDS),
        Delivery([PagerDuty("0" * 32, PAGERDUTY), Slack(SLACK)]),
        Recorder(client, "alerts"),
        timing=rounds.Timing(lease=0.2),
        clock=clock,
        say=lambda line: None,
    )
    made.start()
    while True:
        try:
            made.run_once()
            made.send()
        except ModelLogsError as error:
            sys.stderr.write(f"{error}\n")
        time.sleep(0.02)


signal.signal(signal.SIGCHLD, signal.SIG_IGN)
sys.stdout.write("ready\n")
sys.stdout.flush()
for _ in sys.stdin:
    child = os.fork()
    if child == 0:
        evaluate_until_killed()
    sys.stdout.write(f"{child}\n")
    sys.stdout.flush()
