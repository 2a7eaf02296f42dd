"""Registries of models as sources of the audit trail: who changed which model, once, with what stood before."""
