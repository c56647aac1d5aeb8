// Reads a catalog with EventCatalog's SDK and prints its resources and resolved edges as JSON.
// Usage: node resolve.cjs NODE_MODULES CATALOG
const path = require("node:path");

const [modules, catalog] = process.argv.slice(2);
const sdk = require(path.resolve(modules, "@eventcatalog/sdk"));

// Without hashes the SDK does not read schema files, of which a missing one would stop it.
sdk
  .default(path.resolve(catalog))
  .buildIndex({ source: "catalog", commit: "none", hashContent: false })
  .then((index) => {
    const { edges } = sdk.resolve([index]);
    const resources = index.resources.map(({ type, id, version }) => [type, id, version ?? null]);
    console.log(JSON.stringify({ resources, edges }));
  })
  .catch((error) => {
    console.error(String(error));
    process.exitCode = 1;
  });
