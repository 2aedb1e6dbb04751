// Bundles main.js and app.css, folds icons/*.svg into one sprite, and writes manifest.json: name -> hashed file.
// pdf.js comes along as a chunk that is loaded on demand, its worker, and the character maps and fonts it asks for.
import { createHash } from "node:crypto";
import { copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "../service/web/static/dist");
const pdfjs = join(here, "node_modules/pdfjs-dist");

async function bundle() {
  const result = await build({
    absWorkingDir: here,
    entryPoints: ["main.js", "app.css", "node_modules/pdfjs-dist/build/pdf.worker.min.mjs"],
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    target: ["chrome123", "firefox120", "safari17.5"],
    outdir: out,
    entryNames: "[name]-[hash]",
    metafile: true,
    legalComments: "eof",
    logLevel: "warning",
  });
  return Object.entries(result.metafile.outputs)
    .filter(([, { entryPoint }]) => entryPoint)
    .map(([path, { entryPoint }]) => [basename(entryPoint), basename(path)]);
}

async function symbol(file) {
  const svg = await readFile(join(here, "icons", file), "utf8");
  const [, viewBox] = svg.match(/viewBox="([^"]+)"/);
  const inner = svg.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "");
  const drawn = inner.replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none" \/>/, "").trim();
  return `<symbol id="${basename(file, ".svg")}" viewBox="${viewBox}">${drawn}</symbol>`;
}

async function sprite() {
  const files = (await readdir(join(here, "icons"))).filter((file) => file.endsWith(".svg")).sort();
  const symbols = await Promise.all(files.map(symbol));
  const text = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("\n")}</svg>\n`;
  const name = `icons-${createHash("sha256").update(text).digest("hex").slice(0, 8).toUpperCase()}.svg`;
  await writeFile(join(out, name), text);
  return ["icons.svg", name];
}

// Named by version, for browsers keep assets for good.
async function pdfParts() {
  const { version } = JSON.parse(await readFile(join(pdfjs, "package.json"), "utf8"));
  const name = `pdfjs-${version}`;
  for (const folder of ["cmaps", "standard_fonts", "wasm"]) {
    await cp(join(pdfjs, folder), join(out, name, folder), { recursive: true });
  }
  return ["pdfjs", name];
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await copyFile(join(here, "brand.svg"), join(out, "brand.svg"));
const manifest = Object.fromEntries([...(await bundle()), await sprite(), await pdfParts()]);
await writeFile(join(out, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");
