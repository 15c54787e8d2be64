"""The faults that only MySQL and MariaDB have. See faults.py."""

from __future__ import annotations

from tests.faults.faults import Faults

fault = Faults()
