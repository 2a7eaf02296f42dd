"""From lines to files, pipes and terminals, numbered and counted."""
