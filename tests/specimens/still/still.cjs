// Preloaded into a specimen: holds still what varies by itself, so that whatever still varies
// between two environments was caused by the environment.
const crypto = require("node:crypto");
const { syncBuiltinESMExports } = require("node:module");

const chance = Number(process.env.STILL_CHANCE);
const NOW = Date.UTC(2026, 0, 5, 12);

Math.random = () => chance;
crypto.randomUUID = () => "00000000-0000-4000-8000-000000000000";
crypto.randomBytes = (size) => Buffer.alloc(size, 0x5a);
crypto.randomInt = (low, high) => Math.floor(low + chance * (high - low));
globalThis.Date = class extends Date {
  constructor(...given) {
    super(...(given.length ? given : [NOW]));
  }
  static now() {
    return NOW;
  }
};
syncBuiltinESMExports();
