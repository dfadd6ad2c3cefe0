"""The page inside a notebook."""

from __future__ import annotations

import html
from dataclasses import dataclass, field

# The frame may run its scripts, save pictures and open links, and can reach nothing of the notebook around it.
_ALLOWED = "allow-scripts allow-downloads allow-modals allow-popups allow-popups-to-escape-sandbox"


@dataclass(frozen=True)
class InlinePage:
    """A page that a notebook shows as the value of a cell."""

    text: str = field(repr=False)
    height: int  # pixels

    def _repr_html_(self) -> str:
        source = html.escape(self.text)
        return (
            f'<iframe title="knowledge graph" sandbox="{_ALLOWED}" style="width:100%;height:{self.height}px;border:1px solid #8888" '
            f'srcdoc="{source}"></iframe>'
        )
