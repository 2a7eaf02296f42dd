"""State that our programs keep in the cluster: records, the lease, the audit trail, disk samples."""
