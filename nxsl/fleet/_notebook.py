"""Pickles for Dask: functions and classes of notebooks travel as well, by their code.

cloudpickle comes with the extra `dask`, so nothing imports this module unless that is installed.
"""

from __future__ import annotations

from typing import Any

import cloudpickle

from nxsl.fleet._parcels import BULKY, SECRETS, by_rule


class NotebookPacker(cloudpickle.Pickler):  # type: ignore[misc]
    """Pickles functions of notebooks as well, and refuses secrets wherever they are."""

    refused = SECRETS

    def reducer_override(self, obj: Any) -> Any:  # noqa: ANN401 (pickle's protocol)
        """Pickle's hook."""
        found = by_rule(obj, self.refused)
        return super().reducer_override(obj) if found is NotImplemented else found


class NotebookEndingPacker(NotebookPacker):
    """Refuses what would drag a whole inventory along as well."""

    refused = (*SECRETS, *BULKY)
