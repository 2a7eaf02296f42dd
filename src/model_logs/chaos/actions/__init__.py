"""Actions of experiments: each begins a fault, lets it last `for_s` seconds, ends it, and returns what it did.

An action that cannot do its work raises before it has begun, with one sentence on what it needs.
"""
