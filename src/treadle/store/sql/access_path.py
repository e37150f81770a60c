"""Decides from where the runs of a page are found: the database knows no statistics of what users log.

Two ways lead to a page. Where a condition is fulfilled by few runs, those are gathered by its index,
and sorted. Otherwise the index of the order is walked from its beginning, and what does not fulfil the
conditions is passed over, until the page is full: common conditions fill it soon.

Which it is, is found out by looking: an index counts what fulfils a condition, up to a bound, and the first
few hundred runs of the walk show how often each condition holds. The rarest is then asked first. Where
next to none of these runs fulfils all of them, more is gathered than otherwise.

A walk asks a condition by looking up a value for each run. Where it will pass many runs, and an index has all
those that fulfil the condition, these are listed once instead, and each run is sought in the list: that costs
the runs in it, and a look costs a handful of those. So a page costs at most what the runs between two ways cost.
"""

import math
import time
from typing import Final

import msgspec

from treadle.store.search import And, Field, Search
from treadle.store.sql.candidates import Candidate, find_candidates
from treadle.store.sql.compile import GUIDE_KEY, Fragment, compile_conditions
from treadle.store.sql.database import Database
from treadle.store.sql.order import Guide, Phase

__all__ = ["AccessPath", "choose_path"]

_KEY: Final = Field("attribute", "key")  # the order of runs that have no other
_SAMPLE: Final = 200
_MOMENT: Final = 10.0  # seconds in which it is much the same
_REMEMBERED: Final = 500
_MORE: Final = 4  # times as many are gathered where the walk would be long


class AccessPath(msgspec.Struct, frozen=True):
    """Where runs come from, and what must hold of them, as SQL."""

    source: Fragment
    """What stands behind FROM."""
    conditions: list[Fragment]
    """What joins the tables, which phase it is, and what was asked for: all of it must hold."""
    first: Fragment | None
    """What runs are ordered by first."""
    key: str
    """The run's key, where an index has it."""


def choose_path(database: Database, search: Search, phase: Phase, *, descending: bool) -> AccessPath:
    """Decide how the runs of one phase of an order are found, or remember what was decided a moment ago."""
    asked = (search.where, search.sort, search.experiments, search.lifecycle, phase)
    key = msgspec.msgpack.encode([*asked, descending])
    now = time.monotonic()
    when, path = database.found_out.get(key, (now - _MOMENT, None))
    if path is None or now - when >= _MOMENT:
        if len(database.found_out) >= _REMEMBERED:
            database.found_out.clear()
        path = _find_path(database, search, phase, descending=descending)
        database.found_out[key] = (time.monotonic(), path)
    found: AccessPath = path
    return found


def _find_path(database: Database, search: Search, phase: Phase, *, descending: bool) -> AccessPath:
    walk = _walk(database, search, phase)
    candidates = find_candidates(database, search)
    rarest = _find_rarest(database, candidates, database.few)
    if rarest is not None:
        return _gather(database, search, phase, rarest)
    wanted = walk.conditions[-_conditions(search) :]
    if len(wanted) < 2 or phase.first is None or not phase.is_walkable:  # noqa: PLR2004 - the lifecycle is always among them
        return walk
    held = _look(database, walk, wanted, descending=descending)
    if held and candidates and not any(all(row) for row in held):
        rarest = _find_rarest(database, candidates, database.few * _MORE)
        if rarest is not None:
            return _gather(database, search, phase, rarest, held)
    lists = _choose_lists(database, search.limit, candidates, wanted, held, is_guided=phase.guide is not None)
    conditions = [_listed(lists[place], walk.key) if place in lists else one for place, one in enumerate(wanted)]
    ordered = _in_turn(database, _rarest_first(conditions, held))
    return msgspec.structs.replace(walk, conditions=[*walk.conditions[: -len(wanted)], *ordered])


def _conditions(search: Search) -> int:
    tops = len(search.where.parts) if isinstance(search.where, And) else int(search.where is not None)
    return tops + (search.experiments is not None) + 1


def _find_rarest(database: Database, candidates: list[Candidate], most: int) -> Candidate | None:
    """Find what is fulfilled by the fewest runs, if those are few."""
    rarest = None
    for candidate in candidates:
        count = _count(database, candidate, most)
        if count <= most:
            rarest, most = candidate, count
    return rarest


def _count(database: Database, candidate: Candidate, most: int) -> int:
    """Count the runs that fulfil a condition; where there are more than ``most``, one more than that."""
    query = f"SELECT count(*) FROM (SELECT 1 FROM {candidate.keys.text} LIMIT ?) AS found"
    return int(database.execute(query, [*candidate.keys.values, most + 1])[0][0])


def _look(database: Database, walk: AccessPath, wanted: list[Fragment], *, descending: bool) -> list[tuple[int, ...]]:
    """Tell of the first runs of a walk which of the conditions each fulfils."""
    first = walk.first or Fragment("1", [])
    joins = [*walk.conditions[: -len(wanted)], *(one for one in wanted if one.leads)]
    marks = ", ".join(f"CASE WHEN {one.text} THEN 1 ELSE 0 END" for one in wanted)
    way = "DESC" if descending else "ASC"
    query = (
        f"SELECT {marks} FROM {walk.source.text} WHERE {' AND '.join(one.text for one in joins)}"
        f" ORDER BY {first.text} {way}, {walk.key} {way} LIMIT ?"
    )
    values = [value for part in (*wanted, walk.source, *joins, first) for value in part.values]
    return database.execute(query, [*values, _SAMPLE])


def _choose_lists(
    database: Database,
    limit: int,
    candidates: list[Candidate],
    wanted: list[Fragment],
    held: list[tuple[int, ...]],
    *,
    is_guided: bool,
) -> dict[int, Candidate]:
    """Choose the conditions, by their places, whose runs are listed for less than it costs to look each up.

    What is asked of the run itself costs a look, too, and comes after all others, where a guide leads the walk; where
    the walk is along the runs, it costs nothing.
    """
    chosen: dict[int, Candidate] = {}
    if len(held) < _SAMPLE:
        return chosen  # that is all of them
    shares = [max(sum(row[place] for row in held), 0.5) / len(held) for place in range(len(wanted))]
    together = sum(all(row) for row in held) / len(held) or math.prod(shares)
    asked = limit / together  # runs that the walk passes, and asks the first condition
    by_place = {one.place: one for one in candidates if one.is_listed}
    for place in sorted(range(len(wanted)), key=shares.__getitem__):
        most = int(asked * database.listed_per_look)
        if wanted[place].leads:
            continue  # it costs nothing
        if wanted[place].is_carried:
            asked *= shares[place]  # nor does this
            continue
        is_looked_up = wanted[place].is_looked_up
        if (is_looked_up or is_guided) and place in by_place and _count(database, by_place[place], most) <= most:
            chosen[place] = by_place[place]
        elif is_guided and not is_looked_up:
            continue
        asked *= shares[place]
    return chosen


def _listed(candidate: Candidate, key: str) -> Fragment:
    """Ask whether a run is among those that an index has; in COALESCE, no database makes a join of it."""
    return Fragment(f"COALESCE({key} IN (SELECT run_key FROM {candidate.keys.text}), FALSE)", candidate.keys.values)


def _rarest_first(wanted: list[Fragment], held: list[tuple[int, ...]]) -> list[Fragment]:
    often = [sum(row[number] for row in held) for number in range(len(wanted))]
    return [wanted[number] for number in sorted(range(len(wanted)), key=often.__getitem__)]


def _in_turn(database: Database, ordered: list[Fragment]) -> list[Fragment]:
    """Have what is looked up asked in this order, also of a database that has an opinion of its own on AND."""
    looked_up = [one for one in ordered if one.is_looked_up]
    if not database.reorders or len(looked_up) < 2:  # noqa: PLR2004
        return ordered
    nested = looked_up.pop()
    while looked_up:
        first = looked_up.pop()
        text = f"CASE WHEN {first.text} THEN {nested.text} ELSE FALSE END"
        nested = Fragment(text, [*first.values, *nested.values], is_looked_up=True)
    return [*(one for one in ordered if not one.is_looked_up), nested]


def _walk(database: Database, search: Search, phase: Phase) -> AccessPath:
    """Walk the index of the order, where there is one."""
    guide = phase.guide
    if guide is None:
        conditions = [phase.holds, *compile_conditions(search, database, guided=_led_along(search, phase))]
        return AccessPath(Fragment("run", []), conditions, phase.first, "run.key")
    # CROSS keeps SQLite from turning the two around; PostgreSQL takes it for a plain join.
    return AccessPath(
        Fragment(f"{guide.table} AS guide CROSS JOIN run", []),
        [
            guide.holds,
            Fragment("run.key = guide.run_key", []),
            *compile_conditions(search, database, GUIDE_KEY, search.sort[0].field),
        ],
        Fragment(guide.first, []) if phase.first is not None else None,
        GUIDE_KEY,
    )


def _led_along(search: Search, phase: Phase) -> Field | None:
    """Say what a walk along the runs themselves follows; None where all of them have to be looked at anyway."""
    if phase.first is None:
        return _KEY
    return search.sort[0].field if phase.is_walkable and search.sort[0].field.family == "attribute" else None


def _gather(
    database: Database, search: Search, phase: Phase, rarest: Candidate, held: list[tuple[int, ...]] | None = None
) -> AccessPath:
    """Gather the runs that fulfil a condition, to be sorted."""
    # In the order of their keys, so that neighbours are looked up together.
    hit = f"(SELECT DISTINCT run_key FROM {rarest.keys.text} ORDER BY run_key) AS hit"
    guided = search.sort[0].field if phase.guide is not None else None
    wanted = compile_conditions(search, database, "hit.run_key", guided)
    wanted[rarest.place] = Fragment("TRUE", [])  # as the index has it
    ordered = _in_turn(database, _rarest_first(wanted, held)) if held else wanted
    own: list[Fragment]
    guide: Guide | None = phase.guide
    if guide is None:
        source, own, first = f"{hit} CROSS JOIN run", [phase.holds], phase.first
    else:
        source = f"{hit} CROSS JOIN {guide.table} AS guide CROSS JOIN run"
        own = [Fragment("guide.run_key = hit.run_key", []), guide.holds]
        first = Fragment(guide.first, []) if phase.first is not None else None
    conditions = [*own, Fragment("run.key = hit.run_key", []), *ordered]
    return AccessPath(Fragment(source, rarest.keys.values), conditions, first, "hit.run_key")
