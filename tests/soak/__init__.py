"""Long runs with failures, and a verifier that shares no code with the engine."""
