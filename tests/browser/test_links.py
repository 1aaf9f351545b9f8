"""An address restores its page in another browser and stays as it is; choices survive a walk to another page and back.

That every single choice is restored is tried without a browser, in tests/dashboard/test_links.py.
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, Visit, becomes, drawn, parameters

pytestmark = pytest.mark.browser
LINKS = {
    "Corpus": "/corpus?corpus=small&order=Most+agreed&split=train&page=2",
    "Story": "/story?run={voices}&beside={chorus}&set=helpers&step=Noise&t=0.6",
    "Temperature": "/temperature?run={voices}&run={chorus}&set=two&set=helpers&t=1.25",
    "Personas": "/personas?run={voices}&look=Table&find=a&kind=strong",
    "Alignment": "/alignment?run={voices}&set=two&t=0.5&measure=Cosine&by=Group&sort=As+in+the+run&cell_persona=ben"
                 "&cell_target=control&cell_items=Speak+against+it&cell_page=2",
    "Stability": "/stability?run={voices}&set=two&t=0.5&part_of_stability=Wording&t2=0.25",
    "Attributes": "/attributes?run={voices}&part_of_attributes=All+at+once",
    "Refusals": "/refusals?run={sampled}&set=two&rates_by=Temperature",
    "Report": "/report?run={voices}&t=0.5&texts=none",
    "Runs": "/runs?show={chorus}",
}  # fmt: skip
"""Of each page choices that it does not show by itself."""


def named(server: Server, link: str) -> str:
    """Put the ids of the server's runs into a link."""
    ids = sorted(path.name for path in (server.home / "runs").iterdir())
    found = {
        "chorus": next(i for i in ids if "demo-chorus" in i),
        "voices": next(i for i in ids if "voices-exact" in i),
        "sampled": next(i for i in ids if i.startswith("small-demo-voices")),
    }
    return link.format_map(found)


def holds(page: Page, wanted: dict[str, list[str]]) -> None:
    """Wait until the page stands, and its address still says all that is wanted."""
    drawn(page)
    becomes(page, lambda: {key: parameters(page).get(key) for key in wanted}, wanted)


@pytest.mark.parametrize("name", LINKS)
def test_a_link_holds_and_choices_survive_another_page(visit: Visit, server: Server, name: str) -> None:
    link = named(server, LINKS[name])
    wanted = parse_qs(urlparse(link).query)
    page = visit(link, known=True)
    holds(page, wanted)
    before = parameters(page)
    navigation = page.locator("[data-testid=stSidebarNav]")
    navigation.get_by_role("link", name="Home").click()
    expect(page.get_by_role("heading", name="Many voices, or one?")).to_be_visible()
    becomes(page, lambda: urlparse(page.url).path, "/")
    navigation.get_by_role("link", name=name, exact=True).click()
    becomes(page, lambda: urlparse(page.url).path, f"/{name.lower()}")
    holds(page, before)
