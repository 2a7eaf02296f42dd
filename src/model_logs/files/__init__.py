"""Files that people write and name: reading them with bounds, patterns of paths, writing what was asked for."""
