"""What is encrypted or hashed by key comes back only to who has the key, for the purpose it was made for."""

from typing import Any

import pytest

from communities.ground import keys
from communities.ground.keys import UnreadableError

SUITES = sorted(keys.SUITES)
SAID = "张三".encode()


@pytest.fixture(params=SUITES)
def suite(request: pytest.FixtureRequest, settings: Any) -> str:
    """Each suite in turn."""
    settings.CIPHER_SUITE = request.param
    return str(request.param)


def test_what_was_encrypted_comes_back(suite: str) -> None:
    stored = keys.encrypt("phone", SAID)
    assert stored.startswith(f"{suite}.")
    assert keys.decrypt("phone", stored) == SAID


def test_one_value_encrypted_twice_looks_different(suite: str) -> None:
    assert keys.encrypt("phone", SAID) != keys.encrypt("phone", SAID)


def test_a_key_of_its_own_alone_opens_what_it_closed(suite: str) -> None:
    own, other = keys.new_key(), keys.new_key()
    stored = keys.encrypt("phone", SAID, key=own)
    assert keys.decrypt("phone", stored, key=own) == SAID
    with pytest.raises(UnreadableError):
        keys.decrypt("phone", stored, key=other)


def test_a_value_is_not_passed_off_for_another_purpose(suite: str) -> None:
    with pytest.raises(UnreadableError):
        keys.decrypt("identity number", keys.encrypt("phone", SAID))


def test_every_altered_byte_is_noticed(suite: str) -> None:
    stored = keys.encrypt("phone", SAID)
    start = stored.rindex(".") + 1
    for place in range(start, len(stored)):
        altered = stored[:place] + ("0" if stored[place] != "0" else "1") + stored[place + 1 :]
        with pytest.raises(UnreadableError):
            keys.decrypt("phone", altered)


def test_equal_contents_have_equal_hashes_and_others_have_not(suite: str) -> None:
    assert keys.digest("identity number", SAID) == keys.digest("identity number", SAID)
    assert keys.digest("identity number", SAID) != keys.digest("identity number", b"other")
    assert keys.digest("identity number", SAID) != keys.digest("phone", SAID)
    assert keys.is_digest_of(keys.digest("phone", SAID), "phone", SAID)
    assert not keys.is_digest_of(keys.digest("phone", SAID), "phone", b"other")


def test_after_a_change_of_key_and_suite_old_values_are_still_read(settings: Any) -> None:
    old, stored, hashed = settings.DATA_KEY, keys.encrypt("phone", SAID), keys.digest("phone", SAID)
    settings.DATA_KEY, settings.DATA_KEYS_BEFORE, settings.CIPHER_SUITE = (
        b"another key of thirty-two letters",
        [old],
        "sm",
    )
    assert keys.decrypt("phone", stored) == SAID
    assert hashed in keys.digests("phone", SAID)
    assert keys.digest("phone", SAID) in keys.digests("phone", SAID)
    settings.DATA_KEYS_BEFORE = []
    with pytest.raises(UnreadableError, match="DATA_KEYS_BEFORE"):
        keys.decrypt("phone", stored)


@pytest.mark.parametrize("stored", ["", "aes", "aes.", "des.00000000.AAAA", "aes.00000000", "张三"])
def test_what_this_installation_did_not_write_is_refused(stored: str) -> None:
    with pytest.raises(UnreadableError):
        keys.decrypt("phone", stored)


def test_a_stored_value_says_nothing_of_key_or_content() -> None:
    key = keys.new_key()
    stored = keys.encrypt("phone", SAID, key=key)
    assert key.hex() not in stored
    assert keys.fingerprint(key) != key.hex()[: keys.FINGERPRINT * 2]
    assert SAID.decode() not in stored


def test_a_value_is_not_passed_off_as_another_rows(suite: str) -> None:
    stored = keys.encrypt("phone", SAID, of="row 1")
    assert keys.decrypt("phone", stored, of="row 1") == SAID
    for other in ("row 2", ""):
        with pytest.raises(UnreadableError):
            keys.decrypt("phone", stored, of=other)


def test_memory_keeps_nothing_of_a_key_that_is_not_the_installations(suite: str, settings: Any) -> None:
    keys.encrypt("phone", SAID)
    before = [one.cache_info().currsize for one in (keys._remembered, keys._remembered_fingerprint)]
    own = keys.new_key()
    keys.decrypt("phone", keys.encrypt("phone", SAID, key=own), key=own)
    assert [one.cache_info().currsize for one in (keys._remembered, keys._remembered_fingerprint)] == before
