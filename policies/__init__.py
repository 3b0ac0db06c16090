"""What is right: rule packs, frameworks and profiles. Data, no code."""
