"""**inbox** takes inquiries for units that have no system: a person reads them and answers by hand."""
