"""
Cryptography: the installation's own key, and what is derived from it. Nothing else in Linli encrypts or hashes by key.

`DATA_KEY` is never in the database. From it a key is derived for each purpose (HKDF), so that one purpose gives away
nothing of another. Every stored value begins with the suite and the fingerprint of the key it was made with
(`aes.3f9a….payload`), so that suites can be changed and keys be replaced while old values stay readable:

    aes    AES-256-GCM, SHA-256
    sm     SM4-GCM, SM3: what the State Cryptography Administration asks of certain installations (密评)

`CIPHER_SUITE` chooses for new values. Keys that were used before stand in `DATA_KEYS_BEFORE`.
"""

import hmac
import secrets
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import hmac as keyed
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE, TAG, FINGERPRINT = 12, 16, 8


class UnreadableError(Exception):
    """A stored value was made with a key that this installation does not have, or was altered."""


@dataclass(frozen=True)
class Suite:
    """A block cipher for GCM and a hash: the length of its key in bytes."""

    cipher: Any
    hash: Any
    length: int


SUITES = {
    "aes": Suite(algorithms.AES, hashes.SHA256, 32),
    "sm": Suite(algorithms.SM4, hashes.SM3, 16),
}


def new_key() -> bytes:
    """Return a random key, long enough for every suite."""
    return secrets.token_bytes(32)


def digest(purpose: str, content: bytes) -> str:
    """Return the keyed hash of `content`: `suite.fingerprint.hex`. Equal contents have equal hashes of one key."""
    return digest_by(maker(), purpose, content)


def digest_by(maker: str, purpose: str, content: bytes) -> str:
    """Return the keyed hash by this suite and key. Raises UnreadableError where the key is not known."""
    suite, _dot, print_ = maker.partition(".")
    return f"{maker}.{_hash(_key_of(print_), suite, purpose, content).hex()}"


def maker() -> str:
    """Return what every value made today begins with: suite and fingerprint of the key."""
    return f"{settings.CIPHER_SUITE}.{fingerprint(settings.DATA_KEY)}"


def maker_of(stored: str) -> str:
    """Return suite and fingerprint of the key that a stored value says it was made with."""
    return stored.rpartition(".")[0]


def digests(purpose: str, content: bytes) -> list[str]:
    """Return the hashes that `content` may stand under: of every key this installation has had, in every suite."""
    return [
        f"{suite}.{fingerprint(key)}.{_hash(key, suite, purpose, content).hex()}" for key in _keys() for suite in SUITES
    ]


def is_digest_of(stored: str, purpose: str, content: bytes) -> bool:
    """Say whether `stored` is the keyed hash of `content`. Raises UnreadableError where its key is not known."""
    suite, print_, payload = _parts(stored)
    return hmac.compare_digest(_hash(_key_of(print_), suite, purpose, content).hex(), payload)


def encrypt(purpose: str, content: bytes, *, key: bytes | None = None, of: str = "") -> str:
    """
    Return `content` encrypted under the installation's key, or under `key` (32 bytes) of somebody's own.

    `purpose` and `of`, whose or which row's it is, are authenticated: what was encrypted for one purpose or one row
    cannot be passed off for another, by nobody who only writes to the database either.
    """
    suite = settings.CIPHER_SUITE
    used = settings.DATA_KEY if key is None else key
    nonce = secrets.token_bytes(NONCE)
    cipher = Cipher(SUITES[suite].cipher(_derived(used, suite, purpose)), modes.GCM(nonce)).encryptor()
    cipher.authenticate_additional_data(_told(purpose, of))
    sealed = nonce + cipher.update(content) + cipher.finalize() + cipher.tag
    return f"{suite}.{fingerprint(used)}.{sealed.hex()}"


def decrypt(purpose: str, stored: str, *, key: bytes | None = None, of: str = "") -> bytes:
    """
    Return what `encrypt` was given.

    Raises UnreadableError where the key is another, or the value was altered or is another's than `of`.
    """
    suite, print_, payload = _parts(stored)
    used = _key_of(print_) if key is None else key
    try:
        sealed = bytes.fromhex(payload)
        nonce, body, tag = sealed[:NONCE], sealed[NONCE:-TAG], sealed[-TAG:]
        cipher = Cipher(SUITES[suite].cipher(_derived(used, suite, purpose)), modes.GCM(nonce, tag)).decryptor()
        cipher.authenticate_additional_data(_told(purpose, of))
        return cipher.update(body) + cipher.finalize()
    except (ValueError, InvalidTag) as error:
        raise UnreadableError("This value was altered, or encrypted for another purpose or row.") from error


def is_of_today(stored: str) -> bool:
    """Say whether `stored` was made with the present `DATA_KEY` and suite."""
    return stored.startswith(f"{settings.CIPHER_SUITE}.{fingerprint(settings.DATA_KEY)}.")


def fingerprint(key: bytes) -> str:
    """Return the first characters of a hash of the key: enough to tell which key, nothing of the key itself."""
    return _remembered_fingerprint(key) if key in _keys() else _fingerprint(key)


def _fingerprint(key: bytes) -> str:
    return HKDF(hashes.SHA256(), FINGERPRINT, None, b"linli fingerprint").derive(key).hex()


def _told(purpose: str, of: str) -> bytes:
    return f"{purpose}\0{of}".encode() if of else purpose.encode()


def _keys() -> list[bytes]:
    return [settings.DATA_KEY, *settings.DATA_KEYS_BEFORE]


def _key_of(print_: str) -> bytes:
    for key in _keys():
        if fingerprint(key) == print_:
            return key
    raise UnreadableError(
        f"No key with the fingerprint {print_} is set: add the one used then to DATA_KEYS_BEFORE and start again."
    )


def _parts(stored: str) -> tuple[str, str, str]:
    suite, _dot, rest = stored.partition(".")
    print_, _dot, payload = rest.partition(".")
    if suite not in SUITES or not payload:
        raise UnreadableError("This value was not written by this installation, or was altered.")
    return suite, print_, payload


def _derived(key: bytes, suite: str, purpose: str) -> bytes:
    return (_remembered if key in _keys() else _derive)(key, suite, purpose)


def _derive(key: bytes, suite: str, purpose: str) -> bytes:
    told = f"linli {suite} {purpose}".encode()
    return HKDF(SUITES[suite].hash(), SUITES[suite].length, None, told).derive(key)


def _hash(key: bytes, suite: str, purpose: str, content: bytes) -> bytes:
    function = keyed.HMAC(_derived(key, suite, f"{purpose} digest"), SUITES[suite].hash())
    function.update(content)
    return function.finalize()


# Only what comes of the installation's own keys is remembered. A person's key and what comes of it leave memory with
# the work they were needed for: once destroyed, the key is nowhere in a server that goes on running either.
_remembered = lru_cache(maxsize=64)(_derive)
_remembered_fingerprint = lru_cache(maxsize=16)(_fingerprint)
