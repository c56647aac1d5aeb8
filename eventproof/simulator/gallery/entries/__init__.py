"""One module a race, named by its id; each has a `RACE`."""
