"""A synthetic country: one simulated world, written down by each register's keeper. Shares nothing with identity, on purpose."""
