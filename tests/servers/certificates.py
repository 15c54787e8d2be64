"""Certificates of a test's own authority, as the PEM files that servers and clients read."""

from __future__ import annotations

from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key


class Authority:
    """An authority whose certificate is in `file`."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self._folder = folder
        self.file = folder / "ca.pem"
        self._authority.cert_pem.write_to_path(self.file)

    def issue(self, *names: str) -> tuple[Path, Path]:
        """Key and certificate of a server or client with these names, a file each; the key in PKCS #8."""
        issued = self._authority.issue_cert(*names)
        stem = names[0].replace("@", "-")
        key, chain = self._folder / f"{stem}.key", self._folder / f"{stem}.crt"
        private = load_pem_private_key(issued.private_key_pem.bytes(), None)
        key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        key.chmod(0o600)
        chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        return key, chain

    def store(self, *names: str) -> Path:
        """Key and certificate in one file, which is what Java calls a PEM key store."""
        key, chain = self.issue(*names)
        both = key.with_suffix(".pem")
        both.write_bytes(key.read_bytes() + chain.read_bytes())
        both.chmod(0o600)
        return both
