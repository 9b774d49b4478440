"""What can be asked of what is kept: feeds and numbers."""
