"""Seals of the audit trail: hashes of each day's events, kept out of reach of the cluster's administrators.

Elasticsearch lets whoever administers it change anything. What was written to a place of its own at the end of the
day tells afterwards which event was changed, added or deleted.
"""
