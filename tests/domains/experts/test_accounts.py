from __future__ import annotations

from collections.abc import Callable

from cilis.domains import experts, identity
from cilis.domains.identity import PersonStatus, StaffChanges
from cilis.infra.db import reading
from cilis.infra.tenancy import Tenant
from cilis.testing.scene import Scene, open_scene


def set_status(scene: Scene, status: PersonStatus) -> None:
    changes = StaffChanges(status=status, reason="a test")
    identity.change_person(scene.expert_person, changes, scene.viewer("admin"))


def test_who_cannot_log_in_cannot_be_booked(tenant: Tenant, deliver: Callable[[], int]) -> None:
    del tenant
    scene = open_scene()
    assert listed(scene)
    set_status(scene, PersonStatus.SUSPENDED)
    deliver()
    assert not listed(scene)
    set_status(scene, PersonStatus.ACTIVE)
    deliver()
    assert listed(scene)


def test_a_profile_that_an_admin_hid_stays_hidden(
    tenant: Tenant, deliver: Callable[[], int]
) -> None:
    del tenant
    scene = open_scene()
    experts.suspend(scene.expert, "wrong titles", scene.viewer("admin"))
    set_status(scene, PersonStatus.SUSPENDED)
    set_status(scene, PersonStatus.ACTIVE)
    deliver()
    assert not listed(scene)


def listed(scene: Scene) -> bool:
    with reading() as session:
        return experts.card(session, scene.expert).listed
