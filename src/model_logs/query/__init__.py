"""Running one ES|QL query and answering for its completeness.

A query is text or a file of `dashboards/queries/`. It names its time range as ?_tstart and ?_tend, as Kibana does,
and ends with a LIMIT. An answer that is partial or reaches the LIMIT is an error here: a number that is wrong in
silence is worse than none. What is shown of an answer is decided in `model_logs.dashboards`.
"""

from __future__ import annotations

from model_logs.query.execution import MAX_LIMIT, Answer, Column, limit_of, run
from model_logs.query.paging import pages

__all__ = ["MAX_LIMIT", "Answer", "Column", "limit_of", "pages", "run"]
