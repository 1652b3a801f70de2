"""What communications wants to know of a month: what was asked, what went unanswered, and how fast people answered."""
