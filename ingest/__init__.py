"""From bytes to text, picture and facts: sniff, extract and preview in a jail, then hand the result over."""
