"""Channel secrets open with the key they were sealed with, and with no other."""

import pytest

from moderator.sealing import SealBroken, Sealer


def test_what_was_sealed_opens_again() -> None:
    sealer = Sealer("k" * 32)
    sealed = sealer.seal({"token": "höchst geheim"})
    assert "geheim" not in sealed
    assert sealer.open(sealed) == {"token": "höchst geheim"}


def test_another_key_opens_nothing_and_says_what_to_do() -> None:
    sealed = Sealer("k" * 32).seal({"token": "t"})
    with pytest.raises(SealBroken, match="put the old key back"):
        Sealer("l" * 32).open(sealed)


def test_an_altered_seal_does_not_open() -> None:
    sealer = Sealer("k" * 32)
    sealed = sealer.seal({"token": "t"})
    with pytest.raises(SealBroken):
        sealer.open(sealed[:-4] + "AAAA")
