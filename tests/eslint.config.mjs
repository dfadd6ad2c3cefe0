// How the scripts of the page are linted: plain scripts that share one global, `paperkg`.
const browser = `window document location history navigator Blob URL URLSearchParams XMLSerializer requestAnimationFrame cancelAnimationFrame
  devicePixelRatio matchMedia ResizeObserver setTimeout clearTimeout addEventListener getComputedStyle Image innerWidth innerHeight performance
  print Path2D`;

export default [{
  files: ["**/*.js"],
  languageOptions: {
    sourceType: "script",
    ecmaVersion: 2022,
    globals: Object.fromEntries([...browser.split(/\s+/), "paperkg", "vis"].map((name) => [name, "readonly"])),
  },
  rules: {
    "no-undef": "error",
    "no-unused-vars": "error",
    "no-eval": "error",
    "no-implied-eval": "error",
    "no-new-func": "error",
    "no-script-url": "error",
    "no-restricted-properties": ["error", { property: "innerHTML" }, { property: "outerHTML" }, { property: "insertAdjacentHTML" }],
    "prefer-const": "error",
    "no-var": "error",
    "eqeqeq": "error",
    "no-redeclare": ["error", { builtinGlobals: false }],
    "no-unreachable": "error",
    "consistent-return": "error",
  },
}];
