"""Commands that look whether it works: lint, verify, doctor."""
