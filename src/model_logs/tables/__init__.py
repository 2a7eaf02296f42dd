"""Tables generated from `mappings/`, as Python literals: cheap to import, for the logger and the parser."""
