"""Locust's visitors: what people do on the product, every answer checked."""
