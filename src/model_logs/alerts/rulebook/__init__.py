"""Rules: what they are, their query, their judgement at one moment, and what follows from it."""
