// Parses each of the diagrams in a JSON list on stdin with Mermaid's own parser, and prints how
// many it took. Usage: node parse_mermaid.mjs NODE_MODULES
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const modules = path.resolve(process.argv[2]);
const require = createRequire(path.join(modules, "anything.js"));
const { JSDOM } = require("jsdom");

// Mermaid cleans labels with DOMPurify, which wants a window.
globalThis.window = new JSDOM("").window;
globalThis.document = globalThis.window.document;
const { default: mermaid } = await import(
  pathToFileURL(path.join(modules, "mermaid/dist/mermaid.core.mjs")).href
);

let text = "";
for await (const chunk of process.stdin) text += chunk;
const diagrams = JSON.parse(text);
for (const diagram of diagrams) await mermaid.parse(diagram);
console.log(diagrams.length);
