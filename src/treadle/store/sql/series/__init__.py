"""Storage of metric series: writing, and reading whole or downsampled."""
