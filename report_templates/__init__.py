"""How a report looks: Jinja templates and one style sheet. Data, no code."""
