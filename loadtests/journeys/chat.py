"""Two people who write to each other; a message must arrive once and in order."""

from __future__ import annotations

import uuid

from locust import between, task
from requests import Response

from loadtests.journeys.stage import stage
from loadtests.journeys.visitor import Visitor, holds


class Writing(Visitor):
    """A client who writes to an expert, and reads what is there.

    So slowly that 60 sendings a minute, which are a person's, are not reached: each goes twice.
    """

    weight = 2
    wait_time = between(1.5, 3.0)

    def on_start(self) -> None:
        """Sign in and open a conversation."""
        super().on_start()
        number = self.dice.randrange(stage().clients)
        self.take_token(f"client-{number:06}@load.example", stage().password)
        found = self.api("GET", "/bookings?limit=20", "/bookings", check=holds("items"))
        items = found.json().get("items") if found.ok else []
        booked = [item["id"] for item in items if item["state"] in {"confirmed", "completed"}]
        self.conversation = ""
        if booked:
            opened = self.api(
                "POST", "/conversations", body={"booking_id": booked[0]}, expect=(200, 201)
            )
            self.conversation = str(opened.json()["id"]) if opened.ok else ""

    @task(3)
    def write(self) -> None:
        """One message, sent twice as a shaky line does: it stands there once."""
        if not self.conversation:
            return
        mark = str(uuid.uuid4())
        path = f"/conversations/{self.conversation}/messages"
        for _ in range(2):
            self.api(
                "POST", path, "/conversations/<id>/messages",
                body={"sending_id": mark, "text": f"Message {mark}"}, expect=(200, 201),
            )  # fmt: skip

        def once(answer: Response) -> str | None:
            texts = [item.get("text") for item in answer.json()["items"]]
            count = texts.count(f"Message {mark}")
            return None if count == 1 else f"the message stands there {count} times"

        self.api("GET", path, "/conversations/<id>/messages", check=once)

    @task
    def overview(self) -> None:
        """All conversations."""
        self.api("GET", "/conversations", check=holds("items"))
