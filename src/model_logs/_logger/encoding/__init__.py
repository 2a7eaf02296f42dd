"""From a caller's values to the bytes of one line."""
