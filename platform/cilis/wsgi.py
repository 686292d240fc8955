"""The web process: granian serves `application`."""

from cilis.app import create_app
from cilis.infra import clocksync

application = create_app()
clocksync.keep_in_step()
