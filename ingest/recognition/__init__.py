"""Recognition: text of pictures and scanned pages, read in cells of their own by the networks of PP-OCR."""
