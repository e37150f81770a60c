/** A list to choose metrics from, of thousands. */

import { useMemo, useRef, useState } from "preact/hooks";
import { Button } from "@/parts/button";
import { formatCount } from "@/parts/format";
import { useVirtual } from "@/table/virtual";
import { matcher } from "@/run/metrics/sections";

interface Props {
  readonly keys: readonly string[];
  readonly chosen: readonly string[];
  readonly onChoose: (keys: readonly string[]) => void;
}

const ROW = 26;

/** The metrics with a search; those that are chosen come first. */
export function MetricChooser({ keys, chosen: first, onChoose }: Props) {
  const [find, setFind] = useState("");
  const [chosen, setChosen] = useState(first);
  const scroller = useRef<HTMLDivElement>(null);
  const found = useMemo(() => {
    const rest = keys.filter((key) => !first.includes(key));
    return [...first, ...rest].filter(matcher(find));
  }, [keys, find]);
  const rows = useVirtual({ scroller, count: found.length, size: () => ROW, overscan: 8 });
  const toggle = (key: string): void =>
    setChosen(chosen.includes(key) ? chosen.filter((one) => one !== key) : [...chosen, key]);
  return (
    <div class="chooser">
      <Search count={keys.length} value={find} onFind={setFind} />
      <div class="chooser-list metric-list" ref={scroller}>
        <div style={{ height: `${rows.total}px` }}>
          {rows.items.map(({ index, start }) => {
            const key = found[index]!;
            return (
              <label key={key} class="check" style={{ top: `${start}px` }} title={key}>
                <Check isOn={chosen.includes(key)} onTurn={() => toggle(key)} />
                <span>{key}</span>
              </label>
            );
          })}
        </div>
      </div>
      <footer>
        <Button tone="primary" disabled={!chosen.length} onClick={() => onChoose(chosen)}>
          Draw {formatCount(chosen.length, "metric")}
        </Button>
      </footer>
    </div>
  );
}

function Search(props: { count: number; value: string; onFind: (text: string) => void }) {
  return (
    <div class="line">
      <input
        type="search"
        placeholder={`Search ${formatCount(props.count, "metric")}`}
        aria-label="Search metrics"
        value={props.value}
        onInput={(event) => props.onFind(event.currentTarget.value)}
      />
    </div>
  );
}

function Check({ isOn, onTurn }: { isOn: boolean; onTurn: () => void }) {
  return <input type="checkbox" checked={isOn} onChange={onTurn} />;
}
