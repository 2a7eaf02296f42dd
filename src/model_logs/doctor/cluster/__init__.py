"""Looks at Elasticsearch: nodes, streams, life cycle, shards, documents, certificates."""
