"""Commands that install, show and remove."""
