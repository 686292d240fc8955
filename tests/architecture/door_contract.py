"""An import-linter contract: a room is entered by its door only."""

from __future__ import annotations

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class DoorContract(Contract):
    """Outside a room, only the room's package itself may be imported.

    ``wirers`` are the few modules that put the application together and may open every drawer.
    """

    type_name = "door"

    rooms_of: Any = fields.ModuleField()
    wirers: Any = fields.ListField(subfield=fields.ModuleField(), required=False, default=[])

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Collect every import that goes through a wall."""
        del verbose
        allowed = {module.name for module in self.wirers}
        breaches = []
        for room in sorted(graph.find_children(self.rooms_of.name)):
            for drawer in graph.find_descendants(room):
                for importer in graph.find_modules_that_directly_import(drawer):
                    inside = importer == room or importer.startswith(f"{room}.")
                    if not inside and importer not in allowed:
                        breaches.append(f"{importer} -> {drawer} (go through {room})")
        return ContractCheck(kept=not breaches, metadata={"breaches": sorted(breaches)})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Say where each wall was broken."""
        for breach in check.metadata["breaches"]:
            output.print_error(f"- {breach}")
