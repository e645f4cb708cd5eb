"""Whether a comment is about the post it stands under, or about anything that the page is for."""
