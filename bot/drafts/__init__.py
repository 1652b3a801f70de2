"""Checks a draft against the protocol before it goes online."""
