/** The bar above the table: search, columns, grouping, views, and how many runs there are. */

import { ColumnsPanel } from "@/runs/columns_panel";
import { ExportMenu } from "@/runs/export_menu";
import { GroupPanel } from "@/runs/group_panel";
import { list } from "@/runs/list";
import { SearchBox } from "@/runs/search_box";
import { state, update } from "@/runs/state";
import { ViewsMenu } from "@/runs/views_menu";
import { Button } from "@/parts/button";
import { formatCount } from "@/parts/format";
import { MenuItem, Popover } from "@/parts/popover";

const SHOWN = { active: "Runs", deleted: "Deleted runs", all: "Runs and deleted runs" } as const;

export function Toolbar() {
  const { isNested, lifecycle } = state.value;
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
      <Popover label="Which runs" icon="more" bare>
        {(close) => (
          <div role="menu">
            {Object.entries(SHOWN).map(([value, title]) => (
              <MenuItem
                key={value}
                checked={lifecycle === value}
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
      <ViewsMenu />
    </div>
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
