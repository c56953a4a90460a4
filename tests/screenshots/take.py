# SPDX-License-Identifier: GPL-3.0-or-later
"""take.py PROGRAMS FOLDER: pictures of the window program in PROGRAMS, in both themes, at 1x and 2x, written to FOLDER.

Needs what tests/end_to_end needs, and ImageMagick's import."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLES = os.path.join(HERE, "..", "..", "resources", "examples")
sys.path.insert(0, os.path.join(HERE, "..", "end_to_end"))
import accessible
import desktop as desktops

SIZE = 1600, 1000  # As the program counts, without the window's frame.

# What is shown: a document or none, the root of its backward pass, how many steps back from its end, what is selected, and
# keys that are pressed then.
SCENES = {
    "welcome": (None, None, 0, None, ()),
    "backward": ("introduction.chainrule", "a", 2, "p", ()),
    "forward": ("introduction.chainrule", "a", 5, "p", ("b",)),
    "network": ("two_layers.chainrule", "loss", 4, "hidden", ()),
    "legend": ("detached.chainrule", None, 1, None, ("shift+o",)),
    "health": ("two_layers.chainrule", "loss", 0, None, ("ctrl+h", "h", "Home")),
    "error": ("error_three_arguments.chainrule", None, 0, "t3", ()),
}


def prepared(name, root, folder):
    """A copy of the example with a pass from the root, beside copies of its data."""
    shutil.copytree(EXAMPLES, folder, dirs_exist_ok=True)
    path = os.path.join(folder, name)
    with open(path) as file:
        document = json.load(file)
    if root:
        document["backward"] = [{"roots": [root]}]
    with open(path, "w") as file:
        json.dump(document, file)
    return path


def take(desktop, programs, scene, theme, scale, target):
    name, root, steps, selected, keys = SCENES[scene]
    settings = os.path.join(desktop.environment["HOME"], ".config", "Chainrule")
    os.makedirs(settings, exist_ok=True)
    with open(os.path.join(settings, "Chainrule.conf"), "w") as file:
        file.write("[General]\ntheme=%s\n" % theme)
    desktop.environment["QT_SCALE_FACTOR"] = str(scale)
    documents = [prepared(name, root, os.path.join(desktop.folder, "examples"))] if name else []
    process = desktop.start([os.path.join(programs, "chainrule-window"), *documents])
    try:
        window = desktop.place_window(name or "Untitled", 0, 0, SIZE[0] * scale, SIZE[1] * scale)
        desktop.move((SIZE[0] * scale + 100, SIZE[1] * scale + 100))  # Out of the picture.
        if name:
            top = desktops.wait_for(lambda: accessible.program("Chainrule"), "the program", 40)
            desktops.wait_for(lambda: top.find("Canvas"), "the canvas", 40)
            time.sleep(1)  # For the values.
            desktop.key("Home")
            if selected:
                desktop.key("ctrl+f")
                desktop.type(selected)
                time.sleep(0.3)
                desktop.key("Return")
                desktop.key("Home")
            for _ in range(steps):
                desktop.key("F9")
            for key in keys:
                desktop.key(key)
        time.sleep(1)
        subprocess.run(["import", "-window", window, target], env=desktop.environment, check=True, timeout=60)
    finally:
        process.terminate()
        process.wait(10)


def main():
    programs, target = map(os.path.abspath, sys.argv[1:3])
    os.makedirs(target, exist_ok=True)
    folder = tempfile.mkdtemp(prefix="chainrule-screenshots-")
    with desktops.Desktop(folder, size=(SIZE[0] * 2 + 200, SIZE[1] * 2 + 200)) as desktop:
        accessible.connect(desktop.environment)
        for scene in SCENES:
            for theme in ("dark", "light"):
                for scale in (1, 2):
                    name = "%s-%s%s.png" % (scene, theme, "@2x" if scale == 2 else "")
                    take(desktop, programs, scene, theme, scale, os.path.join(target, name))
                    print(name)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
