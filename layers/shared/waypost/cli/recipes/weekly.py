"""People per week and account, out of the rows of `waypost sql`: python weekly.py < rows.jsonl"""

import sys

import pandas

rows = pandas.read_json(sys.stdin, lines=True)
weeks = pandas.to_datetime(rows["day"]).dt.to_period("W").dt.start_time.dt.date
table = rows.pivot_table("user_id", weeks, "account_name", aggfunc="nunique", fill_value=0)
print(table.to_csv(), end="")
