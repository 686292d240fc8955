"""The room's tables, one file a subject."""

from cilis.domains.experts.models.experts import Expert, ExpertTopic
from cilis.domains.experts.models.saved import SavedExpert
from cilis.domains.experts.models.services import Service
from cilis.domains.experts.models.topics import TopicRow
from cilis.domains.experts.models.verifications import (
    Verification,
    VerificationDocument,
    VerificationStep,
)

__all__ = [
    "Expert",
    "ExpertTopic",
    "SavedExpert",
    "Service",
    "TopicRow",
    "Verification",
    "VerificationDocument",
    "VerificationStep",
]
