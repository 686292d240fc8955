"""Elasticsearch as the engine: the same questions, the same answers."""

from cilis.domains.search.queries.elasticsearch.engine import ElasticsearchEngine

__all__ = ["ElasticsearchEngine"]
