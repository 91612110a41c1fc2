"""Web push: what a push service and a browser need to see of a message.

RFC 8030 (delivery), RFC 8291 (encryption for the browser, over RFC 8188's
aes128gcm), RFC 8292 (VAPID: who sends); and the drafts that came before them,
which most applications for phones still read. Little more than a hundred lines
on `cryptography`, which we have anyway, instead of a library with its own HTTP.
"""

from __future__ import annotations

import base64
import binascii
import os
import struct
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from . import clock
from .errors import Invalid

MAX_PAYLOAD = 3900
"""Bytes of a message: push services take 4,096 with what encryption adds (RFC 8030, 7.2)."""

_RECORD = 4096
_TOKEN_LIFE = timedelta(hours=12)  # RFC 8292 allows 24


def encode(raw: bytes) -> str:
    """Base64url without padding, as everything here is written."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes behind base64url or base64, padded or not. Raises Invalid."""
    try:
        plain = text.strip().rstrip("=").replace("+", "-").replace("/", "_")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Invalid("This is not a key of a browser.", "keys") from None


def check_keys(p256dh: str, auth: str) -> None:
    """Raises Invalid unless these are a point on P-256 and 16 bytes of secret."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode(p256dh))
    except ValueError:
        raise Invalid("This is not a key of a browser.", "p256dh") from None
    if len(decode(auth)) != 16:
        raise Invalid("This is not a secret of a browser.", "auth")


def encrypted(
    payload: bytes, p256dh: str, auth: str, *, salt: bytes = b"", sender: ec.EllipticCurvePrivateKey | None = None
) -> bytes:
    """`payload` as only the browser with these keys can read it (RFC 8291, 3); a fresh key pair for each message.

    `salt` and `sender` are given by tests that follow the RFC's example.
    """
    salt = salt or os.urandom(16)
    shared, receiver, mine = _agreed(payload, p256dh, sender)
    key_material = _derived(shared, decode(auth), b"WebPush: info\0" + receiver + mine, 32)
    key = _derived(key_material, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(key_material, salt, b"Content-Encoding: nonce\0", 12)
    header = salt + struct.pack("!IB", _RECORD, len(mine)) + mine
    return header + AESGCM(key).encrypt(nonce, payload + b"\x02", None)  # 2 ends the last record (RFC 8188, 2)


def encrypted_as_drafted(
    payload: bytes, p256dh: str, auth: str, *, salt: bytes = b"", sender: ec.EllipticCurvePrivateKey | None = None
) -> tuple[bytes, bytes, bytes]:
    """(what is sent, salt, our public point) in the encoding `aesgcm`, where the latter two travel in headers.

    draft-ietf-webpush-encryption-04 over draft-ietf-httpbis-encryption-encoding-02; Mastodon uses it unless a
    subscription is `standard`.
    """
    salt = salt or os.urandom(16)
    shared, receiver, mine = _agreed(payload, p256dh, sender)
    key_material = _derived(shared, decode(auth), b"Content-Encoding: auth\0", 32)
    context = b"P-256\0" + struct.pack("!H", len(receiver)) + receiver + struct.pack("!H", len(mine)) + mine
    key = _derived(key_material, salt, b"Content-Encoding: aesgcm\0" + context, 16)
    nonce = _derived(key_material, salt, b"Content-Encoding: nonce\0" + context, 12)
    return AESGCM(key).encrypt(nonce, b"\0\0" + payload, None), salt, mine  # two bytes say: no padding


def _agreed(
    payload: bytes, p256dh: str, sender: ec.EllipticCurvePrivateKey | None
) -> tuple[bytes, bytes, bytes]:
    """(shared secret, the receiver's public point, ours) for a message that is not too long. Raises Invalid."""
    if len(payload) > MAX_PAYLOAD:
        raise Invalid("The message is too long to be pushed.", "payload")
    sender = sender or ec.generate_private_key(ec.SECP256R1())
    receiver = decode(p256dh)
    shared = sender.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), receiver))
    return shared, receiver, _point(sender.public_key())


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


# ---- who sends (VAPID) -------------------------------------------------------------


def new_private_key() -> str:
    """A new key of this server, as it is stored."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return encode(number.to_bytes(32, "big"))


def _private(key: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(decode(key), "big"), ec.SECP256R1())


def public_key(private_key: str) -> str:
    """What a browser is given to subscribe with (applicationServerKey)."""
    return encode(_point(_private(private_key).public_key()))


def _token(endpoint: str, private_key: str, contact: str, now: datetime) -> str:
    """The signed claim of who sends; `contact` is a mailto: or https: address (RFC 8292, 2.1)."""
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}", "exp": clock.to_ms(now + _TOKEN_LIFE) // 1000, "sub": contact}
    token = ".".join(encode(msgspec.json.encode(part)) for part in ({"typ": "JWT", "alg": "ES256"}, claims))
    signature = _private(private_key).sign(token.encode(), ec.ECDSA(hashes.SHA256()))
    r, s = utils.decode_dss_signature(signature)
    return f"{token}.{encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def authorization(endpoint: str, private_key: str, contact: str, now: datetime) -> str:
    """The Authorization header for a push to `endpoint`."""
    return f"vapid t={_token(endpoint, private_key, contact, now)}, k={public_key(private_key)}"


# ---- the request ---------------------------------------------------------------------


def request(
    payload: bytes, endpoint: str, p256dh: str, auth: str, *, private_key: str, contact: str, now: datetime,
    standard: bool = True,
) -> tuple[bytes, dict[str, str]]:
    """(body, headers) of the POST to `endpoint`; not `standard` means as the drafts had it (VAPID's first)."""
    if standard:
        return encrypted(payload, p256dh, auth), {
            "Content-Encoding": "aes128gcm", "Authorization": authorization(endpoint, private_key, contact, now)}
    body, salt, mine = encrypted_as_drafted(payload, p256dh, auth)
    return body, {
        "Content-Encoding": "aesgcm", "Encryption": f"salt={encode(salt)}",
        "Crypto-Key": f"dh={encode(mine)};p256ecdsa={public_key(private_key)}",
        "Authorization": f"WebPush {_token(endpoint, private_key, contact, now)}"}
