"""What client and expert write to each other."""
