#!/usr/bin/env node
// Plain JavaScript, so that a Node.js that is too old to read the rest can say so.
if (Number(process.versions.node.split(".")[0]) < 24 || !process.features.typescript) {
  console.error(`scalable-app needs Node.js 24 or newer with its type stripping on, and this is ${process.version}: install a newer one`);
  process.exitCode = 1;
} else {
  await import("./main.ts");
}
