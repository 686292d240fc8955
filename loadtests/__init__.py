"""How fast, and how it holds under load: ratios against baselines, and journeys by Locust."""
