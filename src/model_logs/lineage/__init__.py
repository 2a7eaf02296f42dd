"""From a prediction to what led to it: the version's history, its people, gates, experiments and alerts."""
