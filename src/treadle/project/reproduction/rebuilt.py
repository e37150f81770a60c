"""The rebuilt code of a run, and its paths there."""

from pathlib import Path

import msgspec

from treadle.provenance.run_record import Recorded


class RebuiltCode(msgspec.Struct, frozen=True, kw_only=True):
    """The folder of the rebuilt code."""

    code: Path
    """The repository, or the folder of the code if there was none."""
    root: Path
    """The folder that corresponds to that of the run's code."""
    origin: str
    """The path of the original repository; empty if it is not recorded."""

    def translate(self, path: str) -> str:
        """Return the path in the rebuilt code of a path in the code that ran."""
        if self.origin and Path(path).is_relative_to(self.origin):
            return str(self.code / Path(path).relative_to(self.origin))
        return path

    def translate_target(self, target: str) -> str:
        """Return the target of a request: the path of a file there, or the name of a pipeline."""
        return self.translate(target) if target.endswith(".py") else target

    def working_folder(self, recorded: Recorded) -> Path:
        """Return the folder that corresponds to the working directory of the run."""
        was = recorded.environment.folder if recorded.environment else ""
        folder = Path(self.translate(was)) if was else self.root
        if not folder.is_relative_to(self.code):
            return self.root
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def rebuilt_code(recorded: Recorded, code: Path) -> RebuiltCode:
    """Return the code of a run that was rebuilt in a folder."""
    prefix, origin = (recorded.git.folder, recorded.git.root) if recorded.git else ("", "")
    return RebuiltCode(code=code, root=code / prefix, origin=origin)
