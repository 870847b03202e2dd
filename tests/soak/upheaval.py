"""What befalls the daemon: `kill -9` and a new start, or SIGHUP, at random times."""

import signal
import threading
import time


class Upheaval(threading.Thread):
    """Does its worst until it is told to stop, and then leaves the daemon running."""

    def __init__(self, world, history, random, every):
        super().__init__(name="upheaval")
        self._world = world
        self._history = history
        self._random = random
        self._every = every
        self._ending = threading.Event()
        self.kills = 0
        self.fault = None

    def stop(self):
        self._ending.set()

    def run(self):
        try:
            while not self._ending.wait(self._random.uniform(0.4, 1.6) * self._every):
                if self._random.random() < 0.25:
                    self._history.note("daemon", "gets SIGHUP")
                    self._world.daemon.process.send_signal(signal.SIGHUP)
                else:
                    self._kill()
        except BaseException as error:  # noqa: BLE001 - told where the run ends
            self.fault = error

    def _kill(self):
        world = self._world
        world.epoch += 1
        self._history.note("daemon", "is killed", epoch=world.epoch)
        world.daemon.kill()
        time.sleep(self._random.choice([0, 0, 0.3, 1.0]))
        world.daemon.start()
        world.epoch += 1
        self.kills += 1
        self._history.note("daemon", "is ready", epoch=world.epoch)
