"""The contestants, a module each.

Each has `prepare(job)`: it opens the inventory and gives the function that is measured, which
connects, reads, parses, makes the frame and closes, and returns a `Reading` for each host.
"""
