from __future__ import annotations

import shutil

import pytest
import urllib3
from tests.support.elasticsearch import server
from tests.support.elasticsearch.server import Elasticsearch, Lacking


@pytest.mark.timeout(1_900)  # the first time it is fetched
def test_a_real_one_of_version_8(elasticsearch_server: Elasticsearch) -> None:
    said = urllib3.request("GET", elasticsearch_server.url).json()
    assert said["version"]["number"].startswith("8.")


def test_what_is_lacking_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(Lacking, match="no java and no mvn"):
        server.home()
