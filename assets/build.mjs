// Compiles the theme, copies what pages load, and writes MANIFEST.json: versions, licenses and SHA-256 of every file.

import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { compile } from "sass";

const out = "../lti_tool/static/vendor";
const uswds = "node_modules/@uswds/uswds";
const htmx = "node_modules/htmx.org";
const toolbar = "node_modules/@github/markdown-toolbar-element";

function put(from, to) {
  const target = join(out, to);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(from, target);
}

function filesUnder(folder) {
  return readdirSync(folder, { recursive: true }).map((name) => join(folder, name)).filter((path) => statSync(path).isFile());
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const { css } = compile("theme/uswds.scss", {
  style: "compressed",
  loadPaths: [join(uswds, "packages")],
  quietDeps: true,
  silenceDeprecations: ["if-function", "global-builtin"],
});
writeFileSync(join(out, "uswds.css"), css);

const urls = new Set([...css.matchAll(/url\(["']?([^"')]+)["']?\)/g)].map((match) => match[1].split(/[?#]/)[0]));
for (const url of urls) {
  put(join(uswds, "dist", url), url);
}
put(join(uswds, "dist/img/sprite.svg"), "img/sprite.svg");
put(join(htmx, "dist/htmx.min.js"), "htmx.min.js");
put(join(uswds, "LICENSE.md"), "licenses/uswds.md");
put(join(htmx, "LICENSE"), "licenses/htmx.txt");
put(join(toolbar, "dist/index.js"), "markdown-toolbar.js");
put(join(toolbar, "LICENSE"), "licenses/markdown-toolbar.txt");

const version = (folder) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version;
const files = Object.fromEntries(
  filesUnder(out).map((path) => [relative(out, path), createHash("sha256").update(readFileSync(path)).digest("hex")]).sort(),
);
const manifest = {
  packages: {
    "@github/markdown-toolbar-element": { version: version(toolbar), license: "MIT, see licenses/markdown-toolbar.txt" },
    "@uswds/uswds": { version: version(uswds), license: "CC0-1.0; Public Sans OFL-1.1, icons Apache-2.0, see licenses/uswds.md" },
    "htmx.org": { version: version(htmx), license: "0BSD, see licenses/htmx.txt" },
  },
  files,
};
writeFileSync(join(out, "MANIFEST.json"), `${JSON.stringify(manifest, null, 2)}\n`);
