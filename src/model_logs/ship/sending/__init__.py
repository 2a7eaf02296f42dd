"""Batches on their way to the cluster, until each document has an answer."""
