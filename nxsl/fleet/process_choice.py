"""How many processes a run over a fleet is worth: figures, measured with the simulated fleet.

One Python works on one core at a time, so that with many hosts and little latency the threads of
one process wait for each other. Another process costs what it takes to start: about a second of a
core for importing what a task needs, and some hundred microseconds a host for what travels. So it
pays from where half of the CPU time of all hosts is clearly more than that. Where hosts are far
away one core is enough: then it is threads that are wanted, which grow in number by themselves.
"""

from __future__ import annotations

ALL = 1_000
"""Hosts from which on processes are used. A process costs about as much to start as 80 to 200
hosts cost to read; below this a run takes but seconds, and gains little or nothing."""
EACH = 500
"""Hosts that each process has at least."""
MOST = 8
"""More processes than this were not measured; AAA servers and jump hosts are the limit earlier."""


def processes_for(hosts: int, cores: int, *, reading: bool, picklable: bool) -> int:
    """How many processes to run a task in.

    Args:
        hosts: of the run.
        cores: that may be used.
        reading: whether the task only ever reads; what changes switches stays with threads, as
            the guard that stands before each step, and the journal behind it, are in this process.
        picklable: whether the task, its operands and the inventory can go to another process.

    Returns:
        The number; 1 means threads of this process.
    """
    if not reading or not picklable or hosts < ALL:
        return 1
    return max(1, min(cores, hosts // EACH, MOST))
