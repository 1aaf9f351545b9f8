"""Every page of a run of a million responses: drawn at once, and whole in the end."""

from __future__ import annotations

import pytest

from benchmarks.dashboard import world
from tests.dashboard.conftest import Opener, everything, texts
from tests.dashboard.test_later import whole

OF_ONE_RUN = ("story", "personas", "alignment", "stability", "attributes", "refusals", "report")
PAGES = (*OF_ONE_RUN, "home", "corpus", "temperature", "models", "live", "runs")


@pytest.mark.usefixtures("store")
def test_every_page_shows_a_million_responses_of_200_personas_beside_800_people(open_page: Opener) -> None:
    exact, sampled = world.make()
    for name in PAGES:
        for run in (exact, sampled):
            app = whole(open_page(name, run=run))
            assert not app.exception, (name, run)
            assert "This did not work" not in everything(app), (name, run)
            if name in OF_ONE_RUN:
                assert any("200 personas" in words for words in texts(app)), (name, run)
