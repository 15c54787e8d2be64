"""What the server sends again after a restart: whole transactions, of which some or a part is done. Compiles (mypyc).

Asked at the begin of each transaction, and for each row message only until the first that is not done.
"""

from __future__ import annotations


class Repeats:
    """Where a stream resumes, and how much of its open transaction is still to be left out.

    `whole` says that all of the open transaction is done; `left_out` counts messages that are not decoded again.
    """

    def __init__(self) -> None:
        self.whole = False
        self.left_out = 0
        self.done_lsn = 0  # transactions that commit before are done
        self._message_lsn = -1  # logical messages outside of transactions up to here are done
        self._tx = -1  # this transaction is partly done; -1 none
        self._tx_events = 0  # ... this many of its row messages
        self._tx_lsn = 0  # ... or, when that is not known, those up to this LSN
        self._tx_same = 0  # ... of those at exactly this LSN so many
        self._commit_lsn = 0  # the newest commit that is done; 0 unknown
        self._commit_tx = 0
        self._commit_us = 0
        self._awaited = False  # the server sends that commit again
        self._events = 0  # so many row messages of the open transaction are still to be left out
        self._lsn = -1  # row messages of the open transaction up to here are done; -1 none
        self._same = 0

    def resume(
        self,
        lsn_commit: int,
        lsn_proc: int,
        events: int | None,
        tx_id: int | None,
        message_type: str | None,
        events_at_lsn: int,
    ) -> None:
        """Begin a new stream after a position, which is told as to Decoder.resume."""
        self.whole = False
        self._events = 0
        self._lsn = -1
        self.done_lsn = lsn_commit if lsn_commit > lsn_proc else lsn_proc
        self._message_lsn = lsn_proc if message_type == "MESSAGE" and not events else lsn_proc - 1
        if lsn_commit - 1 > self._message_lsn:
            self._message_lsn = lsn_commit - 1
        self._tx = -1
        self._tx_events = 0
        self._tx_lsn = 0
        self._tx_same = 0
        if tx_id is None:
            return
        if events is None:
            if message_type not in ("BEGIN", "COMMIT", None):
                self._tx = tx_id
                self._tx_lsn = lsn_proc
                self._tx_same = events_at_lsn if events_at_lsn > 0 else 1
        elif events > 0:
            self._tx = tx_id
            self._tx_events = events

    def expect(self, lsn: int, tx_id: int, ts_us: int, awaited: bool) -> None:
        """The newest commit that is done, after `resume`. `awaited`: the server has been asked to send it again."""
        self._commit_lsn = lsn
        self._commit_tx = tx_id
        self._commit_us = ts_us
        self._awaited = awaited

    def contradicts(self, tx_id: int, final: int, ts_us: int) -> bool:
        """Whether a transaction that commits at `final` shows that this is another log than what is done is of.

        In that log the newest commit comes at its place, and no other between it and what is done.
        """
        expected = self._commit_lsn
        if expected == 0 or final < expected:
            return False
        if final == expected:
            self._awaited = False
            return tx_id != self._commit_tx or ts_us != self._commit_us
        if self._awaited or final < self.done_lsn:
            return True
        self._commit_lsn = 0  # past it
        return False

    def repeating(self) -> bool:
        """Whether the open transaction is still at what is done."""
        return self.whole or self._events > 0 or self._lsn >= 0

    def begin(self, tx_id: int, final: int) -> bool:
        """A transaction that commits at `final`; whether its begin was emitted before."""
        self.whole = final < self.done_lsn
        self._events = 0
        self._lsn = -1
        if self.whole:
            return True
        again = self._tx == tx_id
        if again and self._tx_events > 0:
            self._events = self._tx_events
        elif again:
            self._lsn = self._tx_lsn
            self._same = self._tx_same
        self._tx = -1  # transactions come in the order of their commits: it was this one or it is done
        return again

    def row(self, lsn: int) -> bool:
        """Whether a row message of the open transaction is done."""
        if self.whole:
            self.left_out += 1
            return True
        if self._events > 0:
            self._events -= 1
            self.left_out += 1
            return True
        if self._lsn >= 0:
            if lsn < self._lsn:
                self.left_out += 1
                return True
            if lsn == self._lsn and self._same > 0:
                self._same -= 1
                self.left_out += 1
                return True
            if lsn != self._lsn:
                self._lsn = -1
        return False

    def message(self, lsn: int) -> bool:
        """Whether a logical message outside of transactions is done."""
        # Before a transaction that is partly done comes nothing new.
        if lsn <= self._message_lsn or (self._tx >= 0 and self._tx_events > 0):
            self.left_out += 1
            return True
        return False
