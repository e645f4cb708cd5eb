"""Links that are not what they seem, and words that sell or ask for money and passwords. Nothing is ever fetched."""
