"""Decoders on mutated bytes: DecodeError or success, never a crash, a hang or a wrong length."""
