"""nxsl measured against everything a user would pick instead; `make bench` runs it.

The simulated fleet runs in processes of its own (`fleet`). Each contestant (`clients`) runs in a
fresh process (`contestant`), and proves what it read. `cases` says what is run where, `course`
runs it interleaved, `figures` makes medians and ratios of it, `paper` and `chart` write them down.
"""
