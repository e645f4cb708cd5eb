from collections.abc import Iterator

import pytest

from moderator.connectors import http


@pytest.fixture(autouse=True)
def _calls_may_stay_on_this_machine() -> Iterator[None]:
    http.configure(allow_private=True)
    yield
    http.configure(allow_private=None)
