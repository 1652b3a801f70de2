"""Slack: slack-bolt and Block Kit."""
