"""The world: one folder per platform, each translating to and from the core and nothing else."""
