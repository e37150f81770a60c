"""Query planner for a page of runs: databases have no statistics of the metrics that users log.

There are two access paths. If few runs match a condition, they are gathered by its index and
sorted. Otherwise the index of the sort order is walked from its start, and runs that do not match
are skipped until the page is full: common conditions fill it soon.

The choice is made by sampling: an index counts the matches of a condition, up to a limit, and the
first 200 runs of the walk show how selective each condition is. The most selective one is then
tested first. If almost no sampled run matches all of them, a higher limit for gathering applies.

A walk tests a condition by looking up a value for each run. If it will pass many runs, and an
index has all matches, these are listed once instead, and each run is searched for in the list: that
costs one step per listed run, and a lookup costs several. So the cost of a page is bounded by that
of the runs at the boundary between the two paths.

With a million runs, a lookup takes 2.5 µs on SQLite and 5 µs on PostgreSQL, mostly to read four
pages that are in no CPU cache; a listed run takes 0.3 µs. Three alternatives were measured. Values
in the indexes made a lookup a third faster, but the index of a series would grow with each point.
Lookups in the index instead of the table were no faster with other queries in between. Looking up
all runs of a part of the walk at once, in key order, took half the time (29 to 16 ms) if one run in
twenty matches a condition, and a quarter more (23 to 29 ms) if one in three does.
"""

import math
import time
from typing import Final

import msgspec

from treadle.store.search.tree import And, Field, Search
from treadle.store.sql.database import Database
from treadle.store.sql.search.candidates import Candidate, find_candidates
from treadle.store.sql.search.compile import GUIDE_KEY, Fragment, compile_conditions
from treadle.store.sql.search.order import Guide, Phase

_KEY: Final = Field("attribute", "key")  # the order of runs without a sort key
_SAMPLE: Final = 200
_MOMENT: Final = 10.0  # seconds for which a decision stays valid
_REMEMBERED: Final = 500
_MORE: Final = 4  # factor of the limit for gathering if the walk would be long


class AccessPath(msgspec.Struct, frozen=True):
    """SQL of the source of runs and their conditions."""

    source: Fragment
    """The text after FROM."""
    conditions: list[Fragment]
    """The joins, the phase and the search conditions, all of which must hold."""
    first: Fragment | None
    """The first sort expression."""
    key: str
    """The column of the run's key that an index has."""


def choose_path(
    database: Database, search: Search, phase: Phase, *, descending: bool
) -> AccessPath:
    """Return the access path for one phase of an order, cached for some seconds."""
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
    rarest = find_rarest(database, candidates, database.few)
    if rarest is not None:
        return _gather(database, search, phase, rarest)
    wanted = walk.conditions[-_conditions(search) :]
    if len(wanted) < 2 or phase.first is None or not phase.is_walkable:  # noqa: PLR2004
        return walk
    held = _look(database, walk, wanted, descending=descending)
    if held and candidates and not any(all(row) for row in held):
        rarest = find_rarest(database, candidates, database.few * _MORE)
        if rarest is not None:
            return _gather(database, search, phase, rarest, held)
    lists = _choose_lists(
        database, search.limit, candidates, wanted, held, is_guided=phase.guide is not None
    )
    conditions = [
        _listed(lists[place], walk.key) if place in lists else one
        for place, one in enumerate(wanted)
    ]
    ordered = _in_turn(database, _rarest_first(conditions, held))
    return msgspec.structs.replace(walk, conditions=[*walk.conditions[: -len(wanted)], *ordered])


def _conditions(search: Search) -> int:
    tops = (
        len(search.where.parts) if isinstance(search.where, And) else int(search.where is not None)
    )
    return tops + (search.experiments is not None) + 1


def find_rarest(database: Database, candidates: list[Candidate], most: int) -> Candidate | None:
    """Return the candidate with the fewest matching runs, at most ``most``; else None."""
    rarest = None
    for candidate in candidates:
        count = _count(database, candidate, most)
        if count <= most:
            rarest, most = candidate, count
    return rarest


def _count(database: Database, candidate: Candidate, most: int) -> int:
    """Count the runs that match a condition, up to ``most`` + 1."""
    query = f"SELECT count(*) FROM (SELECT 1 FROM {candidate.keys.text} LIMIT ?) AS found"
    return int(database.execute(query, [*candidate.keys.values, most + 1])[0][0])


def _look(
    database: Database, walk: AccessPath, wanted: list[Fragment], *, descending: bool
) -> list[tuple[int, ...]]:
    """Return for the first runs of a walk which of the conditions each matches."""
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
    """Choose the conditions, by index, for which a list of runs costs less than lookups.

    A condition on the run itself costs a lookup, too, and is tested last if a guide leads the walk;
    if the walk is along the runs, it costs nothing.
    """
    chosen: dict[int, Candidate] = {}
    if len(held) < _SAMPLE:
        return chosen  # the sample has all of the runs
    shares = [max(sum(row[place] for row in held), 0.5) / len(held) for place in range(len(wanted))]
    together = sum(all(row) for row in held) / len(held) or math.prod(shares)
    asked = limit / together  # runs that the walk passes and tests the first condition on
    by_place = {one.place: one for one in candidates if one.is_listed}
    for place in sorted(range(len(wanted)), key=shares.__getitem__):
        most = int(asked * database.listed_per_look)
        if wanted[place].leads:
            continue  # it costs nothing
        if wanted[place].is_carried:
            asked *= shares[place]  # nor does this
            continue
        is_looked_up = wanted[place].is_looked_up
        if (
            (is_looked_up or is_guided)
            and place in by_place
            and _count(database, by_place[place], most) <= most
        ):
            chosen[place] = by_place[place]
        elif is_guided and not is_looked_up:
            continue
        asked *= shares[place]
    return chosen


def _listed(candidate: Candidate, key: str) -> Fragment:
    """Test whether a run is in the list from an index; COALESCE keeps databases from joining it."""
    return Fragment(
        f"COALESCE({key} IN (SELECT run_key FROM {candidate.keys.text}), FALSE)",
        candidate.keys.values,
    )


def _rarest_first(wanted: list[Fragment], held: list[tuple[int, ...]]) -> list[Fragment]:
    often = [sum(row[number] for row in held) for number in range(len(wanted))]
    return [wanted[number] for number in sorted(range(len(wanted)), key=often.__getitem__)]


def _in_turn(database: Database, ordered: list[Fragment]) -> list[Fragment]:
    """Enforce the order of lookups, even in a database that reorders the operands of AND."""
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
    """Return the path along the index of the order, if there is one."""
    guide = phase.guide
    if guide is None:
        conditions = [
            phase.holds,
            *compile_conditions(search, database, guided=_led_along(search, phase)),
        ]
        return AccessPath(Fragment("run", []), conditions, phase.first, "run.key")
    # CROSS keeps SQLite from swapping the two tables; PostgreSQL treats it as a plain join.
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
    """Return the field that a walk along the runs follows; None if all runs must be read anyway."""
    if phase.first is None:
        return _KEY
    return (
        search.sort[0].field
        if phase.is_walkable and search.sort[0].field.family == "attribute"
        else None
    )


def _gather(
    database: Database,
    search: Search,
    phase: Phase,
    rarest: Candidate,
    held: list[tuple[int, ...]] | None = None,
) -> AccessPath:
    """Return the path that gathers all runs that match a condition, to be sorted."""
    # Sorted by key, so that neighbours are looked up together.
    hit = f"(SELECT DISTINCT run_key FROM {rarest.keys.text} ORDER BY run_key) AS hit"
    guided = search.sort[0].field if phase.guide is not None else None
    wanted = compile_conditions(search, database, "hit.run_key", guided)
    wanted[rarest.place] = Fragment("TRUE", [])  # the index has ensured it
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
