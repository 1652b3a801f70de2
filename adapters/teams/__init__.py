"""Microsoft Teams: botbuilder and Adaptive Cards. A successor of the archived SDK replaces this folder alone."""
