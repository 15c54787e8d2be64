"""Named places at which a test lets the process die. Knows nothing of what happens there.

`HEADWATER_FAILPOINT=name` kills the process (SIGKILL: nothing is flushed, closed or said) the first time that place is
reached, `name:3` the third time. Without the variable a place costs one comparison, and no place is passed per event.
The places, in the order of a batch's life:

| Name            | Place                                                                          |
|-----------------|--------------------------------------------------------------------------------|
| `opened`        | publication and slot are ready, nothing was read                               |
| `snapshot`      | a batch of snapshot rows was handed to Kafka                                   |
| `snapshot-last` | all snapshot rows were handed to Kafka, the completed offset is not stored     |
| `snapshot-end`  | the snapshot is stored as completed, the stream has not begun                  |
| `read`          | a batch was read, nothing of it was sent                                       |
| `sent`          | a batch was handed to Kafka, nothing of it is acknowledged                     |
| `before-save`   | Kafka has a batch, its offset is not written                                   |
| `saving`        | the write of an offset was started                                             |
| `before-confirm`| an offset is durable, the database does not know                               |
| `confirmed`     | the database was told                                                          |
"""

from __future__ import annotations

import os
import signal
from typing import Final

NAMES: Final = (
    "opened",
    "snapshot",
    "snapshot-last",
    "snapshot-end",
    "read",
    "sent",
    "before-save",
    "saving",
    "before-confirm",
    "confirmed",
)


class Failpoint:
    """The armed place, and how many passes are left; an empty name is never reached."""

    def __init__(self, setting: str) -> None:
        name, _, nth = setting.partition(":")
        if name and name not in NAMES:
            raise ValueError(f"HEADWATER_FAILPOINT={setting}: known are {', '.join(NAMES)}")
        self.name = name
        self.left = int(nth or 1)

    def reach(self, name: str) -> None:
        """Pass a place; the process ends here when it is the armed one and its turn has come."""
        if name == self.name:
            self.left -= 1
            if self.left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


_armed = Failpoint(os.environ.get("HEADWATER_FAILPOINT", ""))


def reach(name: str) -> None:
    """Pass the named place."""
    _armed.reach(name)
