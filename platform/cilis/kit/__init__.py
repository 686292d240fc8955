"""What knows nothing of Cilis: money, time, ids, errors, HTTP, text, secrets."""
