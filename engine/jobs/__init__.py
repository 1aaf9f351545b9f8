"""Jobs: long work as a process of its own, in a folder that tells how far it is: its lock, its end, its log."""
