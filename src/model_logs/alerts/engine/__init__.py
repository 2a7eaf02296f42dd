"""The evaluator: every rule on its schedule, late events, silences, models that are expected."""
