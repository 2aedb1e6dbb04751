"""What the formats of documents have in common: parts of packages, markup, margins, objects and signatures."""
