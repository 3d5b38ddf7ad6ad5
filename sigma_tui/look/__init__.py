"""How things look: themes, colours, hostile text, pictures painted at once, words for numbers."""
