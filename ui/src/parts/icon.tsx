/** Small line icons, drawn on a grid of 16. */

const PATHS = {
  search: "M7 12a5 5 0 1 0 0-10 5 5 0 0 0 0 10ZM11 11l3.5 3.5",
  columns: "M2 3h12v10H2zM6 3v10M10 3v10",
  close: "M4 4l8 8M12 4l-8 8",
  down: "M4 6l4 4 4-4",
  right: "M6 4l4 4-4 4",
  up: "M4 10l4-4 4 4",
  check: "M3 8.5l3 3 7-7",
  more: "M3 8h.01M8 8h.01M13 8h.01",
  pin: "M6 2h4l-.5 4L12 8.5H4L6.5 6zM8 8.5V14",
  group: "M2 3h5v4H2zM2 9h5v4H2zM10 4h4M10 6h4M10 10h4M10 12h4",
  star: "M8 2l1.8 3.8 4.2.5-3.1 2.9.8 4.1 L8 11.3 4.3 13.3 l.8-4.1 L2 6.3 l4.2-.5z",
  tag: "M2 2h6l6 6-6 6-6-6zM5 5h.01",
  trash: "M3 4h10M6 4V2h4v2M4 4l.7 10h6.6 L12 4M6.5 7v4M9.5 7v4",
  copy: "M5 5h8v9H5zM3 11V2h7",
  link:
    "M7 9a3 3 0 0 0 4.2.2 l2-2a3 3 0 0 0-4.2-4.2 l-.8.8" +
    "M9 7a3 3 0 0 0-4.2-.2 l-2 2a3 3 0 0 0 4.2 4.2 l.8-.8",
  compare: "M4 2v12M12 2v12M1.5 5H6.5 M9.5 5h5M1.5 10h5M9.5 10h5",
  folder: "M1.5 4h5l1.5 2h6.5 v7h-13z",
  file: "M4 1.5 h5l3.5 3.5 v9.5 h-8.5 zM9 1.5 V5h3.5",
  refresh: "M13 8a5 5 0 1 1-1.5-3.5 M13 2v3h-3",
  download: "M8 2v8M4.5 7L8 10.5 11.5 7M2.5 13.5 h11",
  edit: "M2.5 13.5 l.7-3L11 2.7 l2.3 2.3-7.8 7.8 z",
  menu: "M2 4h12M2 8h12M2 12h12",
  moon: "M13 9.5 A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5 Z",
  command:
    "M6 6h4v4H6zM6 6V4a2 2 0 1 0-2 2zM10 6V4a2 2 0 1 1 2 2zM6 10v2a2 2 0 1 1-2-2z" +
    "M10 10v2a2 2 0 1 0 2-2z",
  chart: "M2 2v12h12M4.5 10l3-3 2.5 2 4-5",
  nest: "M3 2v10h4M3 6h4M9 4.5 h5v3H9zM9 10.5 h5v3H9z",
  save: "M2.5 2.5 h9l2 2v9h-11zM5 2.5 v4h5v-4M5 13.5 v-4h6v4",
  plus: "M8 3v10M3 8h10",
  expand: "M2.5 6 v-3.5 h3.5 M10 2.5 h3.5 v3.5 M13.5 10 v3.5 h-3.5 M6 13.5 h-3.5 v-3.5",
  settings:
    "M8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM8 1.5 v2M8 12.5 v2M1.5 8h2M12.5 8h2" +
    "M3.4 3.4 l1.4 1.4 M11.2 11.2 l1.4 1.4 M3.4 12.6 l1.4-1.4 M11.2 4.8 l1.4-1.4",
} as const;

export type IconName = keyof typeof PATHS;

/** An icon beside a text, or alone in a button that has a name. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
