from __future__ import annotations

import pytest

from cilis.kit import ids
from cilis.kit.errors import NotSignedIn
from cilis.kit.viewer import Viewer


def test_nobody_has_no_person_and_no_role() -> None:
    nobody = Viewer.nobody()

    assert not nobody.is_signed_in
    assert not nobody.has("client", "admin")
    with pytest.raises(NotSignedIn):
        _ = nobody.person


def test_a_viewer_has_any_of_the_roles_asked_for() -> None:
    lan = Viewer(ids.new(), ids.new(), frozenset({"admin"}))

    assert lan.has("support", "admin")
    assert not lan.has("expert")
    assert lan.person == lan.person_id
