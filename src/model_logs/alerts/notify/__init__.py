"""From a firing rule to people: messages, channels, and the outbox between."""
