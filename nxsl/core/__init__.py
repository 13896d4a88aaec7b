"""The pure core: records and decisions. No Nornir, no input or output, no pandas."""
