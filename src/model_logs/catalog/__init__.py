"""The catalog of models: the owner, schedule and other facts of each, from `models.yml` and a registry's tags."""
