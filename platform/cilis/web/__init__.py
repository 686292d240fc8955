"""The HTML shell: layouts, error pages, who is looking, and pages that show several rooms."""
