"""Storage of the paths of artifacts and the digests of their contents."""

from collections.abc import Sequence
from typing import Final

from treadle.records import ArtifactEntry, ArtifactOwner, ArtifactRecord
from treadle.store.sql.database import Database

_TABLES: Final = {
    "run": ("artifact", "run_key", "run"),
    "model": ("logged_model_artifact", "model_key", "logged_model"),
    "free": ("free_artifact", "owner_key", ""),
}
_BLOCK: Final = 500
_ALL: Final = ("", "\U0010ffff")


class SqlArtifactIndex:
    """Index of artifact paths and the digests of their contents, which an artifact storage has."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def _key(self, owner: ArtifactOwner) -> int | None:
        if owner.kind == "free":
            return 0
        rows = self._database.execute(
            f"SELECT key FROM {_TABLES[owner.kind][2]} WHERE id = ?", (owner.id,)
        )
        return int(rows[0][0]) if rows else None

    def find(self, owner: ArtifactOwner, path: str) -> ArtifactRecord | None:
        """Return the artifact with a path, if there is one."""
        table, column, _ = _TABLES[owner.kind]
        query = f"SELECT path, digest, size, time FROM {table} WHERE {column} = ? AND path = ?"
        for found, digest, size, time in self._database.execute(query, (self._key(owner), path)):
            return ArtifactRecord(path=found, digest=digest, size=size, time=time)
        return None

    def paths(self, owner: ArtifactOwner, folder: str) -> Sequence[str]:
        """List the paths of all files in a folder and its folders, sorted."""
        table, column, _ = _TABLES[owner.kind]
        query = f"SELECT path FROM {table} WHERE {column} = ? AND path >= ? AND path < ?"
        values = (self._key(owner), *_inside(folder))
        return [path for (path,) in self._database.execute(f"{query} ORDER BY path", values)]

    def obstacle(self, owner: ArtifactOwner, path: str) -> str | None:
        """Return a file that conflicts with a path: no path can be both a file and a folder."""
        table, column, _ = _TABLES[owner.kind]
        parts = path.split("/")
        folders = ["/".join(parts[:count]) for count in range(1, len(parts))]
        above = f"path IN ({', '.join('?' * len(folders))}) OR " if folders else ""
        rows = self._database.execute(
            f"SELECT path FROM {table} WHERE {column} = ? AND ({above}(path >= ? AND path < ?)) "
            "LIMIT 1",
            (self._key(owner), *folders, *_inside(path)),
        )
        return str(rows[0][0]) if rows else None

    def put(self, owner: ArtifactOwner, record: ArtifactRecord) -> bool:
        """Store an artifact, replacing one with the same path; return whether its owner exists."""
        key = self._key(owner)
        if key is None:
            return False
        table, column, _ = _TABLES[owner.kind]
        self._database.execute(
            f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?) ON CONFLICT ({column}, path) DO UPDATE SET"
            " digest = excluded.digest, size = excluded.size, time = excluded.time",
            (key, record.path, record.digest, record.size, record.time),
        )
        return True

    def delete(self, owner: ArtifactOwner, path: str) -> int:
        """Delete a file, or a folder with its contents; return the number of deleted files."""
        table, column, _ = _TABLES[owner.kind]
        begin, end = _inside(path) if path else _ALL
        rows = self._database.execute(
            f"DELETE FROM {table} WHERE {column} = ? AND (path = ? OR (path >= ? AND path < ?)) "
            "RETURNING path",
            (self._key(owner), path, begin, end),
        )
        return len(rows)

    def owners(self, experiment: str) -> Sequence[ArtifactOwner]:
        """Return the runs and logged models of an experiment that have artifacts."""
        key = int(experiment)
        runs, models = (
            self._database.execute(
                f"SELECT id FROM {owners} WHERE experiment_key = ? AND EXISTS"
                f" (SELECT 1 FROM {table} WHERE {column} = {owners}.key) ORDER BY id",
                (key,),
            )
            for table, column, owners in (_TABLES["run"], _TABLES["model"])
        )
        return [
            *(ArtifactOwner("run", one) for (one,) in runs),
            *(ArtifactOwner("model", one) for (one,) in models),
        ]

    def list(self, owner: ArtifactOwner, folder: str = "") -> list[ArtifactEntry]:
        """List the direct children of a folder, without reading deeper levels."""
        key = self._key(owner)
        if key is None:
            return []
        table, column, _ = _TABLES[owner.kind]
        query = (
            f"SELECT path, size FROM {table} WHERE {column} = ? AND path >= ? AND path < ? ORDER "
            "BY path LIMIT ?"
        )
        begin, end = _inside(folder) if folder else _ALL
        prefix = len(begin)
        entries: list[ArtifactEntry] = []
        while rows := self._database.execute(query, (key, begin, end, _BLOCK)):
            for path, size in rows:
                if path < begin:
                    continue  # in a folder that is already listed
                name, deeper, _ = path[prefix:].partition("/")
                entries.append(
                    ArtifactEntry(
                        path=path[:prefix] + name,
                        is_folder=bool(deeper),
                        size=0 if deeper else size,
                    )
                )
                begin = _inside(path[:prefix] + name)[1] if deeper else path + "\0"
            if len(rows) < _BLOCK and rows[-1][0] < begin:
                break
        return sorted(entries, key=lambda one: one.path)  # "d.txt" is before "d/x", but after "d"


def _inside(folder: str) -> tuple[str, str]:
    """Return the range of the paths in a folder: "0" is the character after "/"."""
    return f"{folder}/", f"{folder}0"
