/** Dragging of panels by their heads. */

import { useState } from "preact/hooks";
import { changePanels } from "@/run/metrics/actions";
import { mergedPanels, movedPanel } from "@/run/metrics/arrange";
import type { Panel, Section } from "@/run/metrics/sections";

/** Where a dragged panel would go: before this one, behind it, or into it. */
export type Place = "before" | "behind" | "into";

let dragged: { panel: Panel; section: Section } | null = null;

const EDGE = 0.25;

/** Return the handlers of a panel that can be dragged and dropped onto. */
export function useDragging(panel: Panel, section: Section) {
  const [place, setPlace] = useState<Place | null>(null);
  const [isHeld, setHeld] = useState(false);
  const over = (event: DragEvent): void => {
    if (!dragged || dragged.panel.id === panel.id) return;
    event.preventDefault();
    setPlace(placeOf(event, dragged.section.name === section.name));
  };
  const drop = (event: DragEvent): void => {
    setPlace(null);
    if (!dragged || !place) return;
    event.preventDefault();
    const one = dragged.panel;
    changePanels((panels) =>
      place === "into"
        ? mergedPanels(panels, one, panel)
        : movedPanel(panels, section.panels, one.id, panel.id, place === "behind"),
    );
  };
  const handlers = {
    draggable: isHeld,
    // Only the head: in the chart, dragging zooms.
    onPointerDown: (event: PointerEvent) =>
      setHeld(Boolean((event.target as HTMLElement).closest(".chart-head h3"))),
    onPointerUp: () => setHeld(false),
    onDragStart: (event: DragEvent) => {
      dragged = { panel, section };
      event.dataTransfer?.setData("text/plain", panel.keys.join("\n"));
    },
    onDragEnd: () => {
      dragged = null;
      setHeld(false);
    },
    onDragOver: over,
    onDragLeave: () => setPlace(null),
    onDrop: drop,
  };
  return { place, handlers };
}

function placeOf(event: DragEvent, isSameSection: boolean): Place {
  const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
  const share = (event.clientX - box.left) / box.width;
  if (isSameSection && share < EDGE) return "before";
  return isSameSection && share > 1 - EDGE ? "behind" : "into";
}
