"""Playing arbitrary histories: a hypothesis machine, each time on a store and a folder of its own."""

from hypothesis import HealthCheck, settings


def play(machine, empty_database, folder, examples=80):
    """
    Play a RuleBasedStateMachine in many histories, each of up to forty steps; give how many.

    What must hold in each is the machine's own; one that is broken is raised.

    Args:
        machine: a class that takes `empty`, a database to copy, and `folder` from itself.
    """

    class Played(machine):
        empty = empty_database
        histories = 0

        def __init__(self):
            super().__init__()
            Played.histories += 1

    Played.folder = folder
    case = Played.TestCase
    case.settings = settings(
        max_examples=examples,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    case().runTest()
    return Played.histories
