"""Encryption and signatures of pushes: the RFCs' own examples, and an independent receiver."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime

import http_ece
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from harken import webpush
from harken.errors import Invalid

# RFC 8291, section 5 and appendix A.
PLAIN = b"When I grow up, I want to be a watermelon"
RECEIVER = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
    "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN")


def test_the_example_of_the_rfc_comes_out() -> None:
    key = ec.derive_private_key(int.from_bytes(webpush.decode(SENDER), "big"), ec.SECP256R1())
    made = webpush.encrypted(PLAIN, RECEIVER, AUTH, salt=webpush.decode(SALT), sender=key)
    assert webpush.encode(made) == BODY


@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 1000, webpush.MAX_PAYLOAD])
def test_an_independent_receiver_reads_it(length: int) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    point = private.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    secret, payload = os.urandom(16), os.urandom(length)
    made = webpush.encrypted(payload, webpush.encode(point), webpush.encode(secret))
    assert len(made) <= 4096
    assert http_ece.decrypt(made, private_key=private, auth_secret=secret, version="aes128gcm") == payload
    assert made != webpush.encrypted(payload, webpush.encode(point), webpush.encode(secret))


def test_a_message_that_is_too_long_is_refused() -> None:
    with pytest.raises(Invalid):
        webpush.encrypted(b"x" * (webpush.MAX_PAYLOAD + 1), RECEIVER, AUTH)


@pytest.mark.parametrize("p256dh, auth", [
    ("", AUTH), ("????", AUTH), (RECEIVER[:-4], AUTH), ("A" * 87, AUTH), (RECEIVER, ""), (RECEIVER, "AAAA"),
    (RECEIVER, "é"), ("é" * 87, AUTH)])
def test_keys_that_are_none_are_refused(p256dh: str, auth: str) -> None:
    webpush.check_keys(RECEIVER, AUTH)
    with pytest.raises(Invalid):
        webpush.check_keys(p256dh, auth)


def test_the_signature_is_one_of_the_key_that_browsers_are_given() -> None:
    private = webpush.new_private_key()
    now = datetime(2026, 6, 10, 12, tzinfo=UTC)
    header = webpush.authorization("https://push.example:8443/send/abc", private, "https://harken.test", now)
    token, key = header.removeprefix("vapid t=").split(", k=")
    assert key == webpush.public_key(private)
    head, claims, signature = token.split(".")
    assert json.loads(webpush.decode(head)) == {"typ": "JWT", "alg": "ES256"}
    assert json.loads(webpush.decode(claims)) == {
        "aud": "https://push.example:8443", "exp": int(now.timestamp()) + 12 * 3600, "sub": "https://harken.test"}
    raw = webpush.decode(signature)
    der = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), webpush.decode(key)).verify(
        der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
