"""The site's configuration: proposals, decisions and numbered revisions, none of which is ever changed or removed."""
