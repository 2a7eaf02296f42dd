"""Text lines: the grok patterns of `pipelines/`, and the words that other writers use."""
