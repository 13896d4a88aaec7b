"""Draws the chart of `docs/performance.md`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl

from benchmarks.cases import EVERYBODY, NXSL, PLAIN, WORDS
from benchmarks.figures import figures_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from benchmarks.course import Run
    from benchmarks.figures import Figure, Key

_COLOURS = dict(
    zip(EVERYBODY, ("#b0413e", "#d98c3f", "#8a8d91", "#444b54", "#1f77b4", "#7fb3d9"), strict=True)
)
_MOST_USEFUL = 200


def draw(runs: Sequence[Run], path: Path) -> None:
    """Write an SVG: on the left seconds by latency, on the right growth in hosts."""
    mpl.use("svg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 (once the back end is chosen)

    found = figures_of(runs)
    grown = {**found, **figures_of(runs, "growth")}
    with mpl.rc_context({"svg.hashsalt": "nxsl", "font.size": 9, "svg.fonttype": "none"}):
        figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
        _bars(left, found)
        _lines(right, grown)
        figure.savefig(path, format="svg", metadata={"Date": None})
        plt.close(figure)


def _bars(axes: Any, found: Mapping[Key, Figure]) -> None:  # noqa: ANN401 (matplotlib's)
    sizes = {hosts for hosts, _, name in found if name in EVERYBODY}
    hosts = max((size for size in sizes if size <= _MOST_USEFUL), default=0)
    latencies = sorted({ms for size, ms, name in found if size == hosts and name in EVERYBODY})
    width = 0.8 / len(EVERYBODY)
    for place, name in enumerate(EVERYBODY):
        walls = [_wall(found, (hosts, latency, name)) for latency in latencies]
        if not any(walls):
            continue
        offsets = [at + (place - len(EVERYBODY) / 2 + 0.5) * width for at in range(len(latencies))]
        axes.bar(offsets, walls, width * 0.92, label=WORDS[name], color=_COLOURS[name])
    axes.set_xticks(range(len(latencies)), [f"{latency} ms" for latency in latencies])
    axes.set_title(f"{hosts:,} hosts: seconds, by added latency")
    axes.set_ylabel("seconds")
    axes.legend(frameon=False, fontsize=8)
    _bare(axes)


def _lines(axes: Any, found: Mapping[Key, Figure]) -> None:  # noqa: ANN401 (matplotlib's)
    for name in EVERYBODY:
        points = sorted(
            (hosts, figure.wall)
            for (hosts, latency, known), figure in found.items()
            if known == name and not latency and figure.wall is not None
        )
        if points:
            bold = 2.2 if name in (PLAIN, NXSL) else 1.2
            xs, ys = zip(*points, strict=True)
            axes.plot(xs, ys, marker="o", ms=3.5, lw=bold, color=_COLOURS[name], label=WORDS[name])
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_title("growth in hosts, no latency")
    axes.set_xlabel("hosts")
    axes.set_ylabel("seconds")
    _bare(axes)


def _wall(found: Mapping[Key, Figure], key: Key) -> float:
    return (found[key].wall or 0.0) if key in found else 0.0


def _bare(axes: Any) -> None:  # noqa: ANN401 (matplotlib's)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.3)
    axes.set_axisbelow(True)
