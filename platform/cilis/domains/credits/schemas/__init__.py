"""What the API says of coupons, packages and credit, and what it takes."""
