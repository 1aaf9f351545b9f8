# Everything from a bare checkout with Python 3.11 or newer: `make demo`, `make test`.
