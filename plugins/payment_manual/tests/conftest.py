"""Nothing outside is needed: no gateway is asked."""
