// Copies what the pages load from node_modules to assets/, under plain names: `make assets`.
// The hub serves them, and static/ beside them, below a folder named by a hash of everything in it.
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";

const here = new URL(".", import.meta.url);
const from = (path) => new URL(`node_modules/${path}`, here);
const to = (name) => new URL(`assets/${name}`, here);

// A script's note about its map would make a browser ask for a file that is not served.
const script = async (path) => (await readFile(from(path), "utf8")).replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n");
// In a layer of its own, any rule of ours stands over it.
const layered = async (path) => `@layer pico{${(await readFile(from(path), "utf8")).replace('@charset "UTF-8";', "")}}\n`;

await rm(to(""), { recursive: true, force: true });
await mkdir(to(""), { recursive: true });
await writeFile(to("pico.css"), await layered("@picocss/pico/css/pico.min.css"));
await writeFile(to("htmx.js"), await script("htmx.org/dist/htmx.min.js"));
await writeFile(to("chart.js"), await script("chart.js/dist/chart.umd.min.js"));
await cp(from("vazirmatn/fonts/webfonts/Vazirmatn[wght].woff2"), to("vazirmatn.woff2"));
// Letters are set in it: what writes PDF reads neither woff2 nor a variable font.
for (const weight of ["Regular", "Bold"]) {
  const name = `Vazirmatn-${weight}.ttf`;
  await cp(from(`vazirmatn/fonts/ttf/${name}`), to(name));
}
