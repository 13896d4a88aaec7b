"""How many processes a run over a fleet is worth: figures, measured with the simulated fleet.

One Python works on one core at a time, so that with many hosts and little latency the threads of
one process wait for each other. Another process costs half a second of a core to start, and what
travels about 1 ms a host, on top of 7.7. Where hosts are far away one core is enough: then it is
threads that are wanted, which grow in number by themselves.

Measured were two processes against 50 threads on two cores, the fleet on the same two and others at
work there (medians of three, interleaved): 1,000 hosts 1.05 times as fast, 2,000 hosts 1.09 times.
The fleet took a third of the CPU time. Where it does not, more should be gained: not measured.
"""

from __future__ import annotations

ALL = 2_000
"""Hosts from which on processes are used; below, what was gained was no more than chance."""
MOST = 2
"""More were not measured; who has the cores names a number."""


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
    return max(1, min(cores, MOST))
