"""Variants of a model that answered the same requests, compared pair by pair.

Shadow traffic gets a copy of each request, with the same request id; so the pairs show what a new version would have
answered. Elasticsearch pairs and counts (`dashboards/compare/`); no event is fetched.
"""

from model_logs.variants.comparison import Comparison, compare_variants

__all__ = ["Comparison", "compare_variants"]
