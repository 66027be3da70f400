"""The national smart-government portal: the citizen's folder and the publication of service cards."""
