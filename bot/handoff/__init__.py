"""Cases: a question goes to a person, and the answer comes back."""
