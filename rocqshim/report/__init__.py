"""What a build did: its document, and the page that shows it."""
