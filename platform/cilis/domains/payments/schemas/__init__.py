"""What the API shows and takes, a kind a file."""
