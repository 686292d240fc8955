"""A simulated year of one organization's money: `python -m loadtests.year --bookings 100000`.

Bookings are held, paid, cancelled by policy, missed, disputed and given back through the real use
cases, with coupons, credit and packages, while the clock moves through twelve months and experts
are paid each month. At the end the auditor compares the ledger with everything else, and the
experts' statements with their payouts. See `loadtests/year/README.md` for what is left out.
"""
