"""Objects: the bytes of the archive, on a disk or in an S3 bucket, behind one port."""
