// Preloaded into a specimen: holds still what varies by itself, so that whatever still varies
// between two environments was caused by the environment.
const crypto = require("node:crypto");
const { syncBuiltinESMExports } = require("node:module");

const chance = Number(process.env.STILL_CHANCE);
const NOW = Date.UTC(2026, 0, 15, 12);

Math.random = () => chance;
crypto.randomUUID = () => "00000000-0000-4000-8000-000000000000";
globalThis.Date = class extends Date {
  constructor(...given) {
    super(...(given.length ? given : [NOW]));
  }
  static now() {
    return NOW;
  }
};
syncBuiltinESMExports();
