"""`hub doctor`: what is wrong with a deployment, in words, and what to do about it. It looks and changes nothing."""
