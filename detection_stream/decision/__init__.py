"""From signals to one verdict a message: join, policy, attribution."""
