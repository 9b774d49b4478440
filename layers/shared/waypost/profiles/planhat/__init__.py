"""Planhat's models of accounts and users, as its clients read and write them."""
