"""What rooms need of HTTP: policies, problems, paging, idempotency, forms, addresses."""
