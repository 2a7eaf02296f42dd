"""Tests of rules on a real cluster: cases, the documents made for them, and mutations."""
