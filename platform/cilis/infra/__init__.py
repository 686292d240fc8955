"""What knows machines and no business: database, tenancy, outbox, tasks, sockets, files, texts."""
