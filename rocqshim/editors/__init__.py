"""What has to be written into an editor's settings, so that its server runs within the limits."""
