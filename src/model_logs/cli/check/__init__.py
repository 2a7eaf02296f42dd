"""Commands that check an installation and its files: lint, verify, doctor."""
