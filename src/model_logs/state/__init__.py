"""What programs of ours remember in the cluster: records, the lease, the audit trail, disk samples."""
