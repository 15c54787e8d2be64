"""MariaDB's ed25519: the answer to the server's challenge, checked with the public key that MariaDB's manual prints."""

from __future__ import annotations

import base64
import os

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pymysql import _auth

SECRET = "ZIgUREUg5PVgQ6LskhXmO+eZLS0nC8be6HPjYWR4YJY"  # of the password `secret`, as mysql.global_priv stores it


def test_the_answer_is_a_signature_of_the_challenge_by_the_password():
    challenge = os.urandom(32)
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(f"{SECRET}="))

    key.verify(_auth.ed25519_password(b"secret", challenge), challenge)
    with pytest.raises(InvalidSignature):
        key.verify(_auth.ed25519_password(b"Secret", challenge), challenge)
