"""**gateway** receives: the HTTP faces of the exchange; who calls, may they, is it well formed."""
