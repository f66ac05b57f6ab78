"""The commands and settings as they are, written as manual pages and as completion for shells."""
