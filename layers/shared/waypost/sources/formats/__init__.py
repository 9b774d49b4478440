"""How bytes become items, rows and fields, whoever sent them; one bad item harms no neighbour."""
