"""An authenticator app, as on a telephone: RFC 6238, six digits, half a minute each."""

import base64
import hashlib
import hmac
import struct
import time

PERIOD = 30


def code_now(secret: str, steps: int = 0) -> str:
    """Return what the app shows now, or `steps` half minutes from now, for the secret as it was typed in."""
    key = base64.b32decode(secret, casefold=True)
    moment = struct.pack(">Q", int(time.time()) // PERIOD + steps)
    digest = hmac.new(key, moment, hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**6:06d}"
