"""The Nornir side: inventory, intents, credentials, logging, progress."""
