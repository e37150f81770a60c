/** The bar above the table: search, columns, grouping, views, and how many runs there are. */

import { queryOf, stateOf } from "@/api/views";
import { ColumnsPanel } from "@/runs/columns_panel";
import { ExportMenu } from "@/runs/export_menu";
import { GroupPanel } from "@/runs/group_panel";
import { list } from "@/runs/list";
import { SearchBox } from "@/runs/search_box";
import { state, update } from "@/runs/state";
import { Button } from "@/parts/button";
import { formatCount } from "@/parts/format";
import { go, linkTo, location } from "@/parts/location";
import { MenuItem, Popover } from "@/parts/popover";
import { SavedViews } from "@/parts/saved_views";

const SHOWN = { active: "Runs", deleted: "Deleted runs", all: "Runs and deleted runs" } as const;

export function Toolbar() {
  const { isNested, experiments } = state.value;
  return (
    <div class="toolbar">
      <SearchBox />
      <Count />
      <Button
        icon="nest"
        label={isNested ? "Show all runs in one list" : "Fold child runs below their parents"}
        aria-pressed={isNested}
        onClick={() => update({ isNested: !isNested })}
      />
      <ColumnsPanel />
      <GroupPanel />
      <WhichRuns />
      <SavedViews
        page="runs"
        experiment={experiments.length === 1 ? experiments[0]! : ""}
        state={() => stateOf(location.value.query)}
        onOpen={(saved) => go(linkTo(["runs"], queryOf(saved)))}
      />
    </div>
  );
}

function WhichRuns() {
  return (
    <Popover label="Which runs" icon="more" bare>
      {(close) => (
        <div role="group">
          {Object.entries(SHOWN).map(([value, title]) => (
            <MenuItem
              key={value}
              checked={state.value.lifecycle === value}
              onSelect={() => {
                update({ lifecycle: value as keyof typeof SHOWN });
                close();
              }}
            >
              {title}
            </MenuItem>
          ))}
          <hr />
          <ExportMenu close={close} />
        </div>
      )}
    </Popover>
  );
}

function Count() {
  const total = list.data.total.value;
  const nested = state.value.isNested ? " at the top" : "";
  return (
    <output class="count-of-runs">
      {total === null ? "" : formatCount(total, "run") + nested}
    </output>
  );
}
