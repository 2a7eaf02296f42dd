"""From a prediction to its origin: the version's history, its people, gates, experiments and alerts."""
