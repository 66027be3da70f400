"""**generic_soap** is the code of every SOAP system that was added by its WSDL alone."""
