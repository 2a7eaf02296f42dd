"""The files that are followed: found, recognised, read, remembered."""
