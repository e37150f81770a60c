/** Which kind of preview a file has, by its name. */

import type { Entry } from "@/run/artifacts/tree";

export type Kind =
  | "text"
  | "json"
  | "yaml"
  | "markdown"
  | "csv"
  | "parquet"
  | "image"
  | "pdf"
  | "audio"
  | "video"
  | "html"
  | "numpy"
  | "model"
  | "bytes";

const SUFFIXES: Record<Exclude<Kind, "model" | "bytes">, string> = {
  text:
    "txt log err out cfg conf ini properties toml py pyi js ts jsx tsx css sql sh bash zsh r jl " +
    "java c h cpp rs go rst tex xml patch diff lock gitignore dockerfile makefile env " +
    "requirements hocon proto mlproject",
  json: "json geojson ipynb jsonl ndjson plotly vega vl",
  yaml: "yaml yml mlmodel",
  markdown: "md markdown",
  csv: "csv tsv",
  parquet: "parquet pq",
  image: "png jpg jpeg gif webp svg bmp avif ico",
  pdf: "pdf",
  audio: "wav mp3 ogg oga flac m4a aac opus",
  video: "mp4 webm mov m4v ogv",
  html: "html htm",
  numpy: "npy",
};

const KINDS = new Map(
  Object.entries(SUFFIXES).flatMap(([kind, suffixes]) =>
    suffixes.split(" ").map((one): [string, Kind] => [one, kind as Kind]),
  ),
);

/** Return the suffix of a path in lower case, or its whole name if it has none. */
export function suffixOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return name.slice(name.lastIndexOf(".") + 1).toLowerCase();
}

/** Return the kind of a file. */
export function kindOf(path: string): Kind {
  if (path === "MLmodel" || path.endsWith("/MLmodel")) return "model";
  return KINDS.get(suffixOf(path)) ?? "bytes";
}

/** Return the description of a model that a folder holds; null if it holds none. */
export function modelIn(folder: Entry): Entry | null {
  return folder.children.find((one) => one.file !== null && one.name === "MLmodel") ?? null;
}
