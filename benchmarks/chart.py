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
    from benchmarks.figures import Figure, Key, Spread

_COLOURS = dict(
    zip(EVERYBODY, ("#b0413e", "#d98c3f", "#8a8d91", "#444b54", "#1f77b4", "#7fb3d9"), strict=True)
)
_SIZES = 2


def draw(runs: Sequence[Run], path: Path) -> None:
    """Write an SVG: seconds by latency of the largest cells, and growth in hosts."""
    mpl.use("svg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 (once the back end is chosen)

    found = figures_of(runs)
    grown = {**found, **figures_of(runs, "growth")}
    sizes = sorted({hosts for hosts, _, name in found if name in EVERYBODY})[-_SIZES:]
    with mpl.rc_context({"svg.hashsalt": "nxsl", "font.size": 9, "svg.fonttype": "none"}):
        count = len(sizes) + 1
        figure, axes = plt.subplots(1, count, figsize=(5.2 * count, 4.2), layout="constrained")
        for each, hosts in zip(axes, sizes, strict=False):
            _bars(each, found, hosts)
        axes[0].legend(frameon=False, fontsize=8)
        _lines(axes[-1], grown)
        figure.savefig(path, format="svg", metadata={"Date": None})
        plt.close(figure)


def _bars(axes: Any, found: Mapping[Key, Figure], hosts: int) -> None:  # noqa: ANN401 (matplotlib's)
    """Medians, and lines from the least to the most."""
    latencies = sorted({ms for size, ms, name in found if size == hosts and name in EVERYBODY})
    width = 0.8 / len(EVERYBODY)
    for place, name in enumerate(EVERYBODY):
        shift = (place - len(EVERYBODY) / 2 + 0.5) * width
        each = [(at + shift, found.get((hosts, ms, name))) for at, ms in enumerate(latencies)]
        walls = [(at, figure.wall) for at, figure in each if figure and figure.wall]
        if not walls:
            continue
        axes.bar(
            [at for at, _ in walls],
            [wall.median for _, wall in walls],
            width * 0.92,
            yerr=_reach([wall for _, wall in walls]),
            error_kw={"elinewidth": 0.8},
            label=WORDS[name],
            color=_COLOURS[name],
        )
    axes.set_xticks(range(len(latencies)), [f"{latency} ms" for latency in latencies])
    axes.set_title(f"{hosts:,} hosts: seconds, by added latency")
    axes.set_ylabel("seconds")
    _bare(axes)


def _reach(walls: Sequence[Spread]) -> list[list[float]]:
    """From the medians down to the least and up to the most."""
    return [
        [wall.median - wall.least for wall in walls],
        [wall.most - wall.median for wall in walls],
    ]


def _lines(axes: Any, found: Mapping[Key, Figure]) -> None:  # noqa: ANN401 (matplotlib's)
    for name in EVERYBODY:
        points = [
            (hosts, figure.wall)
            for (hosts, latency, known), figure in sorted(found.items(), key=lambda each: each[0])
            if known == name and not latency and figure.wall is not None
        ]
        if points:
            walls = [wall for _, wall in points]
            axes.errorbar(
                [hosts for hosts, _ in points],
                [wall.median for wall in walls],
                yerr=_reach(walls),
                marker="o",
                ms=3.5,
                lw=2.2 if name in (PLAIN, NXSL) else 1.2,
                elinewidth=0.8,
                color=_COLOURS[name],
            )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_title("growth in hosts, no latency")
    axes.set_xlabel("hosts")
    axes.set_ylabel("seconds")
    _bare(axes)


def _bare(axes: Any) -> None:  # noqa: ANN401 (matplotlib's)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.3)
    axes.set_axisbelow(True)
