/** The settings of one panel. */

import { formatRange, parseRange } from "@/charts/options";
import { Button } from "@/parts/button";
import { MenuItem, Popover } from "@/parts/popover";
import { changePanels, setPanel } from "@/run/metrics/actions";
import { movedPanel, withMetrics } from "@/run/metrics/arrange";
import { AxisField, LogField, SmoothField } from "@/run/metrics/fields";
import { MetricChooser } from "@/run/metrics/metric_chooser";
import { titleOf } from "@/run/metrics/titles";
import type { Panel, Section } from "@/run/metrics/sections";
import type { PanelSettings, Size, TabState } from "@/run/metrics/state";
import type { Shown } from "@/run/metrics/tab";

interface Props {
  readonly panel: Panel;
  readonly section: Section;
  readonly shown: Shown;
  readonly state: TabState;
}

/** The buttons of a panel that open its metrics and its settings. */
export function PanelMenu(props: Props) {
  const { panel, shown } = props;
  const choose = (keys: readonly string[]): void =>
    changePanels((panels) => withMetrics(panels, panel, keys));
  return (
    <>
      <Popover label="Metrics in this panel" icon="plus" bare>
        {(close) => (
          <MetricChooser
            keys={shown.keys}
            chosen={panel.keys}
            onChoose={(keys) => (close(), choose(keys))}
          />
        )}
      </Popover>
      <Popover label="Settings of this panel" icon="settings" bare>
        {(close) => <Settings {...props} close={close} />}
      </Popover>
    </>
  );
}

function Settings({ panel, section, shown, state, close }: Props & { close: () => void }) {
  const { settings, id } = panel;
  const set = (change: PanelSettings): void => setPanel(id, change);
  return (
    <div class="panel-settings">
      <TitleField value={settings.title} otherwise={titleOf(panel.keys, section.name)} set={set} />
      <Sizes size={panel.size} onSize={(size) => set({ size: size === 1 ? undefined : size })} />
      <AxisField
        value={settings.x ?? state.x}
        all={shown.keys}
        onChange={(x) => set({ x, zoom: undefined })}
      />
      <LogField value={settings.log ?? state.log} onChange={(log) => set({ log })} />
      <SmoothField value={settings.smooth ?? state.smooth} onChange={(smooth) => set({ smooth })} />
      <RangeField value={settings.y ?? ""} onChange={(y) => set({ y })} />
      <Moves panel={panel} section={section} />
      <MenuItem onSelect={() => (close(), reset(panel))}>As all other panels</MenuItem>
    </div>
  );
}

interface TitleProps {
  readonly value: string | undefined;
  readonly otherwise: string;
  readonly set: (change: PanelSettings) => void;
}

function TitleField({ value, otherwise, set }: TitleProps) {
  return (
    <label class="field">
      <span>Title</span>
      <input
        type="text"
        defaultValue={value ?? ""}
        placeholder={otherwise}
        onChange={(event) => set({ title: event.currentTarget.value.trim() || undefined })}
      />
    </label>
  );
}

/** Take away all settings but the metrics. */
function reset({ id, settings }: Panel): void {
  const { keys } = settings;
  changePanels((panels) => ({ ...panels, [id]: keys ? { keys } : {} }));
}

const SIZES: readonly (readonly [Size, string])[] = [
  [1, "Small"],
  [2, "Medium"],
  [3, "Large"],
];

function Sizes({ size, onSize }: { size: Size; onSize: (size: Size) => void }) {
  return (
    <div class="segments" role="group" aria-label="Size">
      {SIZES.map(([one, name]) => (
        <button key={one} type="button" aria-pressed={one === size} onClick={() => onSize(one)}>
          {name}
        </button>
      ))}
    </div>
  );
}

interface RangeProps {
  readonly value: string;
  readonly onChange: (value: string | undefined) => void;
}

/** The range of y by hand; with one of both ends empty it is by the curves. */
function RangeField({ value, onChange }: RangeProps) {
  const range = parseRange(value);
  const read = (event: Event): void => {
    const form = (event.currentTarget as HTMLElement).closest("fieldset")!;
    const [low, high] = [...form.querySelectorAll("input")].map((one) => one.value.trim());
    if (!low && !high) onChange(undefined);
    const next = parseRange(`${low}..${high}`);
    if (next) onChange(formatRange(next));
  };
  return (
    <fieldset class="field">
      <legend>y range</legend>
      <input
        type="text"
        inputMode="decimal"
        aria-label="From"
        placeholder="least"
        defaultValue={range ? String(range[0]) : ""}
        onChange={read}
      />
      <span>to</span>
      <input
        type="text"
        inputMode="decimal"
        aria-label="To"
        placeholder="greatest"
        defaultValue={range ? String(range[1]) : ""}
        onChange={read}
      />
    </fieldset>
  );
}

function Moves({ panel, section }: { panel: Panel; section: Section }) {
  const at = section.panels.findIndex((one) => one.id === panel.id);
  const [before, behind] = [section.panels[at - 1], section.panels[at + 1]];
  const move = (target: Panel | undefined, isBehind: boolean) => (): void => {
    if (!target) return;
    changePanels((panels) => movedPanel(panels, section.panels, panel.id, target.id, isBehind));
  };
  return (
    <div class="segments" role="group" aria-label="Place">
      <Button disabled={!before} onClick={move(before, false)}>
        Earlier
      </Button>
      <Button disabled={!behind} onClick={move(behind, true)}>
        Later
      </Button>
    </div>
  );
}
