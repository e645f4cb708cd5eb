from collections.abc import Iterator

import pytest

from moderator.connectors import http, registry
from tests.contracts.samples import SAMPLES, Sample


@pytest.fixture(params=registry.names())
def sample(request: pytest.FixtureRequest) -> Sample:
    """Every registered connector in turn; a new one is not tested until it has its line in `SAMPLES`, so it fails."""
    return SAMPLES[request.param]()


@pytest.fixture
def _calls_may_stay_on_this_machine() -> Iterator[None]:
    http.configure(allow_private=True)
    yield
    http.configure(allow_private=None)
