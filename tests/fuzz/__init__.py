"""Every door for files, given files that somebody damaged on purpose."""
