"""AWS Identity and Access Management: as far as ML clients ask about roles."""
