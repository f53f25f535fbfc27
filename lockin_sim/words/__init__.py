"""What results say: titles, readers of datasets, findings and the sentences they make."""
