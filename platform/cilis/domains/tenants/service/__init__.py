"""What the room does, one verb a file."""

from cilis.domains.tenants.service.apply_pack import apply_pack, pack_part
from cilis.domains.tenants.service.brand import brand_css
from cilis.domains.tenants.service.change import (
    change_brand,
    change_picture,
    remove_picture,
)
from cilis.domains.tenants.service.prices import change_price_display
from cilis.domains.tenants.service.provision import (
    add_host,
    permanent_host,
    provision,
    resume,
    suspend,
)
from cilis.domains.tenants.service.read_pack import read_pack
from cilis.domains.tenants.service.rules import change_rules, put_policy, remove_policy
from cilis.domains.tenants.service.save import save_organization

__all__ = [
    "add_host",
    "apply_pack",
    "brand_css",
    "change_brand",
    "change_picture",
    "change_price_display",
    "change_rules",
    "pack_part",
    "permanent_host",
    "provision",
    "put_policy",
    "read_pack",
    "remove_picture",
    "remove_policy",
    "resume",
    "save_organization",
    "suspend",
]
