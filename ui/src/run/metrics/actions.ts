/** What one does to the panels; each step is in the address, and the back button undoes it. */

import { change, location } from "@/parts/location";
import {
  formatPanels,
  formatTurned,
  readState,
  withSettings,
  type Panels,
  type PanelSettings,
} from "@/run/metrics/state";

/** Change panels by a function of those that the address holds. */
export function changePanels(act: (panels: Panels) => Panels): void {
  const { panels } = readState(location.value.query);
  change({ panels: formatPanels(act(panels)) });
}

/** Change the settings of one panel; undefined makes one as for all. */
export function setPanel(id: string, settings: PanelSettings): void {
  changePanels((panels) => withSettings(panels, id, settings));
}

/** Open or fold sections. */
export function turn(names: readonly string[]): void {
  const turned = new Set(readState(location.value.query).turned);
  for (const name of names) if (!turned.delete(name)) turned.add(name);
  change({ turned: formatTurned(turned) }, { replace: true });
}
