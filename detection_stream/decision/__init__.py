"""From signals to one verdict per message: join, policy, attribution."""
