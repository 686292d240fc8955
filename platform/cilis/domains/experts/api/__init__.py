"""Topics, experts, one's own profile and verifications, for programs."""

from cilis.domains.experts.api import me
from cilis.domains.experts.api.experts import blueprint as experts
from cilis.domains.experts.api.saved import blueprint as saved
from cilis.domains.experts.api.topics import blueprint as topics
from cilis.domains.experts.api.verifications import blueprint as verifications

blueprints = (topics, me.blueprint, experts, saved, verifications)

__all__ = ["blueprints"]
