#!/usr/bin/env node
// Plain JavaScript, so that an old Node can say what is missing instead of failing at the first type.
if (process.features.typescript) await import('../src/cli.ts');
else {
  console.error(`The Stripe sandbox needs Node 22.18 or newer; this is ${process.version}.`);
  process.exitCode = 1;
}
