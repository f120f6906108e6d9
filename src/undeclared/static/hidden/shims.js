// What decoders of bundles use besides the language itself. Runs inside the interpreter: no I/O.
(function (world) {
  "use strict";
  const SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const bytesOfBase64 = (text) => {
    const out = [];
    let bits = 0, held = 0;
    for (const sign of String(text)) {
      const value = SIGNS.indexOf(sign === "-" ? "+" : sign === "_" ? "/" : sign);
      if (value < 0) continue;
      held = ((held << 6) | value) & 0xffffff;
      bits += 6;
      if (bits >= 8) { bits -= 8; out.push((held >> bits) & 255); }
    }
    return out;
  };
  const base64OfBytes = (bytes) => {
    let out = "";
    for (let i = 0; i < bytes.length; i += 3) {
      const n = (bytes[i] << 16) | ((bytes[i + 1] || 0) << 8) | (bytes[i + 2] || 0);
      const rest = bytes.length - i;
      out += SIGNS[n >> 18] + SIGNS[(n >> 12) & 63];
      out += (rest > 1 ? SIGNS[(n >> 6) & 63] : "=") + (rest > 2 ? SIGNS[n & 63] : "=");
    }
    return out;
  };
  const bytesOfUtf8 = (text) =>
    [...unescape(encodeURIComponent(String(text)))].map((sign) => sign.charCodeAt(0));
  const latinOfBytes = (bytes) => {
    let out = "";
    for (const byte of bytes) out += String.fromCharCode(byte);
    return out;
  };
  const utf8OfBytes = (bytes) => {
    const latin = latinOfBytes(bytes);
    try { return decodeURIComponent(escape(latin)); } catch { return latin; }
  };
  class Buffer extends Uint8Array {
    static from(value, how) {
      if (typeof value !== "string") return super.from(Array.from(value, (byte) => byte & 255));
      switch (String(how || "utf8").toLowerCase()) {
        case "base64": case "base64url": return super.from(bytesOfBase64(value));
        case "hex": return super.from((value.match(/[0-9a-f]{2}/gi) || []).map((x) => parseInt(x, 16)));
        case "latin1": case "binary": case "ascii":
          return super.from([...value].map((sign) => sign.charCodeAt(0) & 255));
        default: return super.from(bytesOfUtf8(value));
      }
    }
    static alloc(size) { return new Buffer(size); }
    static concat(parts) { return Buffer.from(parts.flatMap((part) => [...part])); }
    static isBuffer(value) { return value instanceof Buffer; }
    toString(how) {
      switch (String(how || "utf8").toLowerCase()) {
        case "base64": return base64OfBytes(this);
        case "hex": return [...this].map((byte) => byte.toString(16).padStart(2, "0")).join("");
        case "latin1": case "binary": case "ascii": return latinOfBytes(this);
        default: return utf8OfBytes(this);
      }
    }
  }
  world.Buffer = Buffer;
  world.atob = (text) => latinOfBytes(bytesOfBase64(text));
  world.btoa = (text) => base64OfBytes([...String(text)].map((sign) => sign.charCodeAt(0)));
  world.TextDecoder = class { decode(bytes) { return utf8OfBytes(new Uint8Array(bytes)); } };
  world.TextEncoder = class { encode(text) { return new Uint8Array(bytesOfUtf8(text)); } };
  world.globalThis.global = world.globalThis.window = world.globalThis.self = world;
  // What a call gave, as texts; anything else is of no interest.
  world.__texts = (value) => {
    if (value instanceof Uint8Array) value = utf8OfBytes(value);
    if (value instanceof Set) value = [...value];
    const list = Array.isArray(value) ? value : [value];
    if (list.length > 20000) throw new Error("more than can be taken");
    return JSON.stringify(list.filter((one) => typeof one === "string"));
  };
})(globalThis);
