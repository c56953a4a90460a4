# SPDX-License-Identifier: GPL-3.0-or-later
"""A desktop of its own: Xvfb, openbox, a session bus with accessibility, and hands on the mouse and the keyboard."""

import os
import shutil
import subprocess
import time

PROGRAMS = ["Xvfb", "openbox", "xdotool", "dbus-daemon"]
A11Y_LAUNCHER = "/usr/libexec/at-spi-bus-launcher"


def missing():
    """What of the desktop is not installed."""
    lacking = [program for program in PROGRAMS if not shutil.which(program)]
    return lacking + ([] if os.path.exists(A11Y_LAUNCHER) else ["at-spi2-core"])


class Desktop:
    """Use it with `with`; everything that it started ends with it."""

    def __init__(self, folder, size=(1440, 900)):
        self.folder = folder
        self.size = size
        self.processes = []

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes = []

    def _start(self):
        read, write = os.pipe()
        self.start(["Xvfb", "-displayfd", str(write), "-screen", "0", "%dx%dx24" % self.size, "-nolisten", "tcp"],
                   pass_fds=[write])
        os.close(write)
        with os.fdopen(read) as pipe:
            display = ":" + pipe.readline().strip()
        home = os.path.join(self.folder, "home")
        os.makedirs(home, mode=0o700, exist_ok=True)
        self.environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": home,
            "XDG_RUNTIME_DIR": home,
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            "NO_AT_BRIDGE": "1",  # For the GTK programs, which nobody asks.
        }
        bus = self.start(["dbus-daemon", "--session", "--print-address", "--nofork"], stdout=subprocess.PIPE, text=True)
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
        self.start([A11Y_LAUNCHER, "--launch-immediately"])
        self.start(["openbox", "--sm-disable"])
        wait_for(lambda: self.output(["xdotool", "get_num_desktops"]).strip(), "openbox")

    def start(self, command, **options):
        """A program on this desktop; its output goes to FOLDER/log."""
        with open(os.path.join(self.folder, "log"), "ab") as log:
            options = {"stdout": log, "stderr": log, **options}
            process = subprocess.Popen(command, env=getattr(self, "environment", None), stdin=subprocess.DEVNULL,
                                       **options)
        self.processes.append(process)
        return process

    def output(self, command):
        return subprocess.run(command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True, timeout=30).stdout

    def _xdotool(self, *arguments):
        subprocess.run(["xdotool", *map(str, arguments)], env=self.environment, check=True, timeout=30,
                       stdout=subprocess.DEVNULL)

    def move(self, point):
        self._xdotool("mousemove", round(point[0]), round(point[1]))
        time.sleep(0.03)

    def click(self, point, button=1, times=1):
        self.move(point)
        self._xdotool("click", "--repeat", times, "--delay", 60, button)
        time.sleep(0.15)

    def drag(self, *points, steps=24, pause=0.0):
        """Presses at the first point, moves to the others in small steps as a hand does, waits `pause` seconds over the
        last, and lets go."""
        self.move(points[0])
        self._xdotool("mousedown", 1)
        for start, end in zip(points, points[1:]):
            for step in range(1, steps + 1):
                self.move([a + (b - a) * step / steps for a, b in zip(start, end)])
        time.sleep(pause)
        self._xdotool("mouseup", 1)
        time.sleep(0.15)

    def key(self, *keys):
        self._xdotool("key", "--delay", 40, *keys)
        time.sleep(0.1)

    def type(self, text):
        self._xdotool("type", "--delay", 20, text)

    def place_window(self, title, x, y, width=None, height=None):
        """Moves the window whose title contains this; without a size it keeps its own. Waits until it is there."""
        found = wait_for(lambda: self.output(["xdotool", "search", "--onlyvisible", "--name", title]).split(), title, 40)
        for window in found:
            if width:
                self._xdotool("windowsize", "--sync", window, width, height)
            self._xdotool("windowmove", window, x, y)
        time.sleep(0.3)
        return found[0]

    def picture(self, name):
        """What the screen shows, for whoever looks for the cause of a failure; nothing without ImageMagick."""
        if shutil.which("import"):
            subprocess.run(["import", "-window", "root", os.path.join(self.folder, name + ".png")],
                           env=self.environment, timeout=30, stderr=subprocess.DEVNULL)


class Failed(Exception):
    """Something that should have happened did not."""


def wait_for(condition, what, seconds=10):
    """The first true result of `condition`; asks again and again."""
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise Failed("waited %d s in vain for %s" % (seconds, what))
        time.sleep(0.05)


def expect(condition, what):
    if not condition:
        raise Failed("expected " + what)
