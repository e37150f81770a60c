/** The Python code that loads a file of a run. */

import { suffixOf } from "@/run/artifacts/kinds";

const PARSED = new Set(["json", "yml", "yaml"]);
const TEXTS = new Set([
  "txt",
  "md",
  "log",
  "csv",
  "tsv",
  "html",
  "svg",
  "xml",
  "py",
  "sql",
  "patch",
  "toml",
]);
const READERS: Record<string, string> = {
  parquet: "pandas.read_parquet",
  pq: "pandas.read_parquet",
  npy: "numpy.load",
  npz: "numpy.load",
  joblib: "joblib.load",
};

/** Return a text as a Python literal. */
export function literal(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (one) => {
    return `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** Return the code that loads a file. */
export function pythonFor(run: string, path: string): string {
  const load = `treadle.load_artifact(${literal(run)}, ${literal(path)})`;
  const suffix = suffixOf(path);
  if (PARSED.has(suffix) || TEXTS.has(suffix)) return `import treadle\n\nvalue = ${load}\n`;
  const download = `treadle.download_artifacts(${literal(run)}, ${literal(path)})`;
  const reader = READERS[suffix];
  if (reader) {
    const [library = ""] = reader.split(".");
    const head = `import ${library}\nimport treadle\n\n`;
    return `${head}[file] = ${download}\nvalue = ${reader}(file)\n`;
  }
  return `import treadle\n\ncontent = ${load}  # bytes\n`;
}

/** Return the code that downloads a folder. */
export function pythonForFolder(run: string, path: string): string {
  const where = path ? `${literal(run)}, ${literal(path)}` : literal(run);
  return `import treadle\n\nfiles = treadle.download_artifacts(${where}, folder="artifacts")\n`;
}
