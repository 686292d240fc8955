"""Pages that show several rooms; each module exports `pages`."""
