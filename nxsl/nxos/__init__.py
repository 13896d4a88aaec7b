"""NX-OS: parsers that turn its text into records, and the one door to a switch."""
