"""The documentation site: its pages that stand elsewhere in the project, and the links that lead to them.

The repository and the site show the same files. The README is the site's first page, and what lies outside of docs/ has
a page of its own in the site; a link to anything else outside of docs/ is an error, since the site has no such page.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parent.parent
ELSEWHERE = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "LICENSE": "LICENSE.txt",
    "NOTICE": "NOTICE.txt",
    "kg/extract/models/MODEL_CARD.md": "model-card.md",
}
_LINK = re.compile(r"(?P<before>\]\()(?P<target>[^)#\s:]+)(?P<anchor>#[^)\s]*)?(?P<after>\))")
_LOADED = re.compile(
    r"<(?:script|img|iframe|source)[^>]*\ssrc=[\"']?(?:https?:)?//|<link(?![^>]*rel=[\"']?canonical)[^>]*\shref=[\"']?(?:https?:)?//"
)
_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def on_files(files: Files, config: Any) -> Files:
    """Add the pages from elsewhere."""
    for place, page in ELSEWHERE.items():
        text = (ROOT / place).read_text("utf-8")
        files.append(File.generated(config, page, content=linked(text, place) if place.endswith(".md") else text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Turn links out of docs/ into links to pages of the site."""
    return markdown if page.file.generated_by else linked(markdown, f"docs/{page.file.src_uri}")


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Refuse a page that would load anything from elsewhere."""
    loaded = _LOADED.search(output)
    if loaded:
        raise PluginError(f"{page.file.src_uri}: would load something from elsewhere: {loaded.group()}")
    return output


def linked(text: str, place: str) -> str:
    """`text` of the file `place`, with links as the site has them; code stays as it is."""
    parts, end = [], 0
    for code in _CODE.finditer(text):
        parts += [_LINK.sub(lambda link: _in_site(link, place), text[end : code.start()]), code.group()]
        end = code.end()
    return "".join([*parts, _LINK.sub(lambda link: _in_site(link, place), text[end:])])


def _in_site(link: re.Match[str], place: str) -> str:
    target = posixpath.normpath(posixpath.join(posixpath.dirname(place), link["target"]))
    page = ELSEWHERE.get(target) or (target.removeprefix("docs/") if target.startswith("docs/") else None)
    if page is None:
        raise PluginError(f"{place}: {link['target']} has no page in the site; add it to ELSEWHERE in docs/site_pages.py")
    return f"{link['before']}{page}{link['anchor'] or ''}{link['after']}"
