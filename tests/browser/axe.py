"""axe-core on a page: what it finds against WCAG 2.2 AA and good practice, but for what Streamlit alone can mend."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

FOLDER = Path(__file__).parent / "cache"
"""Where scripts/axe.sh puts it."""
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
RUN = "options => axe.run(document, options).then(found => found.violations)"


@dataclass(frozen=True)
class Excepted:
    """A finding in markup that is Streamlit's own, and that no option or style of ours changes."""

    rule: str
    selector: str
    """Every element that is excepted matches it."""
    path: str
    """A page that shows it."""
    reason: str


EXCEPTIONS = (
    Excepted(
        "list", "[data-testid=stSidebarNavItems]", "/",
        "The navigation's sections are divs within its list; screen readers still read headings and links in order.",
    ),
    Excepted(
        "listitem", "[data-testid=stSidebarNavItems] li", "/",
        "The same: links of a section are items of a list with a div between.",
    ),
    Excepted(
        "presentation-role-conflict", "[data-testid=stFileUploaderDropzone]", "/corpus?corpora=Import+a+corpus",
        "The area for dropped files has the role and the label that its library gives it; the button within is named.",
    ),
)  # fmt: skip


def source() -> str:
    """Return axe-core, or skip the test where it could not be had; CI must not pass without it."""
    found = next(iter(sorted(FOLDER.glob("axe-*.min.js"))), None)
    if found is None:
        missing = "axe-core is not there: bash scripts/axe.sh fetches it with npm"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found.read_text(encoding="utf-8")


def violations(page: Page, axe: str) -> list[dict[str, Any]]:
    """Return what axe-core finds in the page as it stands."""
    page.evaluate(f"() => {{ if (!window.axe) {{ {axe} }} }}")
    options = {"runOnly": list(TAGS), "resultTypes": ["violations"], "preload": False}
    found: list[dict[str, Any]] = page.evaluate(RUN, options)
    return found


def complaints(page: Page, axe: str) -> list[str]:
    """Return what axe-core finds and no exception covers: rule, weight, place and the beginning of the markup."""
    return [
        f"{found['id']} ({found['impact']}): {found['help']}: {node['target']} {node['html'][:200]}"
        for found in violations(page, axe)
        for node in found["nodes"]
        if not any(excepted.rule == found["id"] and _matches(page, node, excepted.selector) for excepted in EXCEPTIONS)
    ]


def still_needed(page: Page, axe: str, excepted: Excepted) -> bool:
    """Return whether the page still has what is excepted."""
    nodes = [node for found in violations(page, axe) if found["id"] == excepted.rule for node in found["nodes"]]
    return any(_matches(page, node, excepted.selector) for node in nodes)


def _matches(page: Page, node: dict[str, Any], selector: str) -> bool:
    target = node["target"][-1]
    return isinstance(target, str) and bool(
        page.evaluate("([target, selector]) => document.querySelector(target)?.matches(selector)", [target, selector])
    )
