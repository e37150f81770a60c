/** A list to choose metrics from, of thousands. */

import { useMemo, useRef, useState } from "preact/hooks";
import { useVirtual } from "@/table/virtual";
import { matcher } from "@/run/metrics/sections";

interface Props {
  readonly keys: readonly string[];
  readonly chosen: readonly string[];
  readonly onChoose: (keys: readonly string[]) => void;
}

const ROW = 26;

/** The metrics with a search; those that are chosen come first. */
export function MetricChooser({ keys, chosen, onChoose }: Props) {
  const [find, setFind] = useState("");
  const [first] = useState(chosen); // their order stays while one chooses
  const scroller = useRef<HTMLDivElement>(null);
  const found = useMemo(() => {
    const rest = keys.filter((key) => !first.includes(key));
    return [...first, ...rest].filter(matcher(find));
  }, [keys, find]);
  const rows = useVirtual({ scroller, count: found.length, size: () => ROW, overscan: 8 });
  const toggle = (key: string): void =>
    onChoose(chosen.includes(key) ? chosen.filter((one) => one !== key) : [...chosen, key]);
  return (
    <div class="chooser">
      <div class="line">
        <input
          type="search"
          placeholder={`Search ${keys.length} metrics`}
          aria-label="Search metrics"
          value={find}
          onInput={(event) => setFind(event.currentTarget.value)}
        />
      </div>
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
    </div>
  );
}

function Check({ isOn, onTurn }: { isOn: boolean; onTurn: () => void }) {
  return <input type="checkbox" checked={isOn} onChange={onTurn} />;
}
