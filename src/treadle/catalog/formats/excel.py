"""Excel workbooks."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from treadle.catalog.format import EngineFormat, Options
from treadle.catalog.preview import Preview, preview_value
from treadle.errors import DataError

_SHEETS: Final = 5


class ExcelFormat(EngineFormat):
    """``.xlsx`` files: one sheet as a frame, or a dict of them, loaded by ``sheet_name: null``."""

    name = "excel"
    engines = ("pandas", "openpyxl", "xlsxwriter")
    extras = {
        "pandas": ("pandas", "openpyxl", "excel"),
        "openpyxl": ("pandas", "openpyxl", "excel"),
        "xlsxwriter": ("pandas", "xlsxwriter", ""),
    }

    @property
    def expansion(self) -> int:
        """The ratio of the tables' size to that of the file, which is compressed."""
        return 10

    def load(self, path: Path, options: Options) -> Any:
        """Read one sheet or several."""
        import pandas as pd

        return pd.read_excel(path, **{"engine": "openpyxl", **options})

    def preview(self, path: Path, options: Options, rows: int) -> Preview | None:
        """Read the first rows of each sheet that is loaded; a workbook is read as a stream."""
        import pandas as pd

        if "skipfooter" in options:  # which refers to the end
            return None
        sheets = pd.read_excel(path, **{"engine": "openpyxl", **options, "nrows": rows})
        if not isinstance(sheets, Mapping):
            return preview_value(sheets, rows, size=f"of {sheets.shape[1]} columns")
        text = "\n\n".join(f"{name}:\n{frame}" for name, frame in list(sheets.items())[:_SHEETS])
        return Preview(kind="dict of DataFrame", size=f"of {len(sheets)} sheets", text=text)

    def save(self, data: Any, path: Path, options: Options) -> None:
        """Write a frame as one sheet, or a dict of frames as several."""
        import pandas as pd

        writer_options = self._writer_options(options)
        sheets = data if isinstance(data, Mapping) else {options.get("sheet_name", "Sheet1"): data}
        others = {
            "index": False,
            **{key: value for key, value in options.items() if key not in ("sheet_name", "writer")},
        }
        # Into memory first: the staged file's name does not tell the kind of workbook, and a writer
        # that fails keeps its file open.
        buffer = io.BytesIO()
        writer = pd.ExcelWriter(buffer, **writer_options)
        for name, frame in sheets.items():
            frame.to_excel(writer, sheet_name=name, **others)
        writer.close()  # writes; there is nothing to close if a sheet fails
        path.write_bytes(buffer.getvalue())

    def _writer_options(self, options: Options) -> dict[str, Any]:
        """Return the arguments of pandas' ``ExcelWriter``: the key ``writer`` of ``save_args``."""
        arguments = dict(options.get("writer") or {})
        if str(arguments.pop("mode", "w")).startswith("a"):
            raise DataError(
                "Sheets cannot be added to a workbook that exists.",
                hint="Return a dict of frames from the node: each becomes a sheet.",
            )
        return {"engine": "openpyxl" if self.engine == "pandas" else self.engine, **arguments}
