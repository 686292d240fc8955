"""The room's reads: figures over a period, and who or what leads."""

from cilis.domains.analytics.queries.figures import figures, today
from cilis.domains.analytics.queries.ranks import top_experts, top_topics

__all__ = ["figures", "today", "top_experts", "top_topics"]
