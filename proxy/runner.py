"""Drives one login."""
