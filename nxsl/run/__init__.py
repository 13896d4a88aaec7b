"""A run over a fleet: waves, breakers, the journal, and what is shown of it."""
