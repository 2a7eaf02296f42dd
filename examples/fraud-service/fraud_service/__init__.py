"""A fraud-scoring service: the whole example, with a model that may die, four fallbacks behind it, and its events.

Read `app` first (HTTP), then `answering` (who answers), then the parts: `model`, `cache`, `simple_model`, `rules`.
"""
