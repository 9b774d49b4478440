"""`make bench`: speed as ratios, cost as counted calls and units, all in one run."""

from tests.benchmarks import cold_start, cost, intake_cpu


def main() -> None:
    for part in (intake_cpu, cold_start, cost):
        print(part.report(), end="\n\n", flush=True)


main()
