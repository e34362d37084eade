raise ImportError(
    "The lead overwrote this file by accident at 13:05 (arguments.py, calendar.py and deals.py of "
    "sandbox/world). Please write your own version of it again; nobody else writes in this folder."
)
