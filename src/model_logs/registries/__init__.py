"""Registries of models as sources of the audit trail: each change once, with its author and the earlier value."""
