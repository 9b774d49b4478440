"""What is kept: landed records, deduplicated Parquet, and hourly numbers recomputed from them."""
