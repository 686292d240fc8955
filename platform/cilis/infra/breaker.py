"""Leaves a part that fails alone for a while, then lets one caller try whether it is back."""

from __future__ import annotations

import threading
import time


class Breaker:
    """Closed: everybody may call. After some failures in a row: open, nobody may, for a pause.

    After the pause one caller may try; the others still may not. That it works closes it, that
    it fails doubles the pause.
    """

    def __init__(self, *, failures: int = 3, pause: float = 2.0, longest: float = 30.0) -> None:
        self._allowed, self._first_pause, self._longest = failures, pause, longest
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Closed, as if nothing had ever failed."""
        with self._lock:
            self._failed, self._pause, self._opens_at = 0, self._first_pause, 0.0

    def may_call(self) -> bool:
        """Whether this caller may call now; who may must then say how it went."""
        with self._lock:
            if self._failed < self._allowed:
                return True
            if time.monotonic() < self._opens_at:
                return False
            self._opens_at = time.monotonic() + self._pause  # one tries; the others wait for it
            return True

    def worked(self) -> None:
        """The call was answered."""
        if self._failed:
            self.reset()

    def failed(self) -> None:
        """The call was not answered."""
        with self._lock:
            self._failed += 1
            if self._failed > self._allowed:
                self._pause = min(self._pause * 2, self._longest)
            if self._failed >= self._allowed:
                self._opens_at = time.monotonic() + self._pause
