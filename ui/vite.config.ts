import type { Plugin } from "vite";
import { defineConfig, type ViteUserConfig } from "vitest/config";
import { scopedStyles } from "./scoped_styles.ts";
import { singleFile } from "./single_file.ts";

const SOURCE = new URL("./src", import.meta.url).pathname;
const FIGURES = /^@\/run\/artifacts\/(plotly|vega)_view$/;
type Build = ViteUserConfig["build"];

const BASE: Build = {
  outDir: "../src/treadle/server/static",
  target: "es2022",
  modulePreload: { polyfill: false },
  chunkSizeWarningLimit: 6000,
};

/** What is built in each mode, into one folder: the first one empties it. */
const BUILDS: Readonly<Record<string, Build>> = {
  page: {
    ...BASE,
    emptyOutDir: true,
    manifest: "manifest.json",
    rolldownOptions: { input: "src/app/main.tsx" },
  },
  single: {
    ...BASE,
    emptyOutDir: false,
    cssCodeSplit: false,
    rolldownOptions: {
      input: "src/single/main.tsx",
      transform: { define: { "import.meta": "{}" } }, // of what would load other files
      output: { format: "iife", codeSplitting: false },
    },
  },
  widget: {
    ...BASE,
    emptyOutDir: false,
    cssCodeSplit: false,
    rolldownOptions: {
      input: "src/widget/main.tsx",
      preserveEntrySignatures: "strict",
      output: {
        codeSplitting: false,
        entryFileNames: "widget.js",
        assetFileNames: "widget[extname]",
      },
    },
  },
};

const PLUGINS: Readonly<Record<string, Plugin[]>> = {
  single: [singleFile()],
  widget: [scopedStyles(".treadle-widget")],
};

/** The page is built into the Python package, whose server writes the tags that load it. */
export default defineConfig(({ mode }) => ({
  base: "./",
  resolve: {
    alias: [
      ...(mode === "single"
        ? [{ find: FIGURES, replacement: `${SOURCE}/single/absent_figure.tsx` }]
        : []),
      { find: /^@\//, replacement: `${SOURCE}/` },
    ],
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: PLUGINS[mode] ?? [],
  build: BUILDS[mode] ?? BUILDS["page"],
  test: { environment: "jsdom", pool: "vmThreads", include: ["src/**/*.test.{ts,tsx}"] },
}));
