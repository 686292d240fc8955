"""Tenants: organizations, their brand and words, their packs, and how they come into being."""

from cilis.domains.tenants.errors import BadPack, Fault
from cilis.domains.tenants.events import BrandChanged
from cilis.domains.tenants.queries import (
    forget_organizations,
    known_organization,
    organization,
)
from cilis.domains.tenants.service import (
    add_host,
    apply_pack,
    brand_css,
    pack_part,
    permanent_host,
    provision,
    read_pack,
    resume,
    save_organization,
    suspend,
)
from cilis.domains.tenants.types import (
    CancellationTier,
    Change,
    Organization,
    Pack,
    PackPage,
    PackQuestion,
    PackTopic,
    Plan,
)

__all__ = [
    "BadPack",
    "BrandChanged",
    "CancellationTier",
    "Change",
    "Fault",
    "Organization",
    "Pack",
    "PackPage",
    "PackQuestion",
    "PackTopic",
    "Plan",
    "add_host",
    "apply_pack",
    "brand_css",
    "forget_organizations",
    "known_organization",
    "organization",
    "pack_part",
    "permanent_host",
    "provision",
    "read_pack",
    "resume",
    "save_organization",
    "suspend",
]
