"""Looks at Elasticsearch: nodes, streams, lifecycle, shards, documents, certificates."""
