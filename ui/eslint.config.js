import tseslint from "typescript-eslint";

const FEATURES = ["runs", "run", "compare", "models"];

/** Features import the shared folders only, and these import nothing above them. */
function forbid(folder, others) {
  return {
    files: [`src/${folder}/**`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              group: others.map((one) => `@/${one}/*`),
              message: "See ui/README.md: who imports whom.",
            },
            { group: ["../*"], message: "Import other folders by @/." },
          ],
        },
      ],
    },
  };
}

export default tseslint.config(
  { ignores: ["node_modules", "src/api/types.ts"] },
  ...tseslint.configs.strict,
  {
    rules: {
      "max-lines": ["error", { max: 300 }],
      "max-lines-per-function": ["error", { max: 40, skipBlankLines: true, skipComments: true }],
      "max-depth": ["error", 4],
      "max-len": ["error", { code: 100, ignoreUrls: true, ignoreRegExpLiterals: true }],
      eqeqeq: "error",
      "no-console": "error",
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-dynamic-delete": "off",
    },
  },
  ...FEATURES.map((one) => forbid(one, [...FEATURES.filter((other) => other !== one), "app"])),
  forbid("parts", [...FEATURES, "app", "charts", "table"]),
  forbid("charts", [...FEATURES, "app", "table"]),
  forbid("table", [...FEATURES, "app", "charts"]),
  forbid("api", [...FEATURES, "app", "parts", "charts", "table"]),
  { files: ["**/*.test.*"], rules: { "max-lines-per-function": "off" } },
);
