"""MLflow's registry from inside: a store that writes each change down, and what it needs."""
