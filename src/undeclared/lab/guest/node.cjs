'use strict';
// Records which facts of the machine a Node.js or Bun program reads, with the place in its code.
//
// Loaded before the program (`--require`, `--preload`), it wraps what answers such questions. The
// answers stay what they are. One line of JSON is appended to DROP when a read is first seen from
// a place, and again whenever its count has doubled, so that nothing is lost when the process is
// killed. Reads by the runtime's own code are left out.

(() => {
  const DROP = '/run/runtime/log';
  const FRAMES = 8;
  const CAPTURED = 12; // frames looked at, to get past the runtime's own
  const STACKS = 24; // places told apart for one fact; more only count
  const RECORDS = 20000;
  const TEXT = 300; // characters of a frame or a name

  const fs = require('fs');
  const { openSync, writeSync, closeSync } = fs;
  const { apply, construct, ownKeys, getOwnPropertyDescriptor, defineProperty } = Reflect;
  const { stringify } = JSON;
  const bun = typeof process.versions.bun === 'string';
  const own = __filename;
  const thread = (() => {
    try {
      return require('worker_threads').threadId;
    } catch {
      return 0;
    }
  })();
  const id = `${process.pid}.${thread}.${process.hrtime.bigint()}`;

  let busy = false; // inside a wrapped function: what it does is no read of its own
  let records = 0;
  const seen = new Map(); // what -> { times, stacks: Map(stack text -> { times, stack }) }

  function write(line) {
    let file;
    try {
      // Not kept open: a program may close descriptors that it did not open, and get their number.
      file = openSync(DROP, 1025); // O_WRONLY | O_APPEND
      writeSync(file, `${stringify(line)}\n`);
    } catch {
      // Nobody to tell: the program must not notice.
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }

  // The frames above a function of ours, the program's first; null for the runtime's own reads.
  function stackAbove(boundary, nested) {
    const limit = Error.stackTraceLimit;
    const prepare = getOwnPropertyDescriptor(Error, 'prepareStackTrace');
    const holder = {};
    try {
      if (prepare !== undefined && prepare.value !== undefined) Error.prepareStackTrace = undefined;
      Error.stackTraceLimit = CAPTURED;
      Error.captureStackTrace(holder, boundary);
      const frames = [];
      let first = true;
      for (const line of String(holder.stack).split('\n')) {
        const text = line.trimStart();
        if (!text.startsWith('at ') || text.includes(own) || isBuiltin(text)) continue;
        const internal = isInternal(text);
        if (first && internal && (!nested || text.includes('node:internal/modules'))) return null;
        first = false;
        if (!internal) frames.push(text.slice(3, 3 + TEXT));
        if (frames.length === FRAMES) break;
      }
      return frames.length ? frames : null;
    } catch {
      return [];
    } finally {
      try {
        Error.stackTraceLimit = limit;
        if (prepare !== undefined && prepare.value !== undefined) defineProperty(Error, 'prepareStackTrace', prepare);
      } catch {
        // A frozen Error: nothing was changed either.
      }
    }
  }

  function isInternal(frame) {
    return /(?:\(|at )(?:async )?(?:node|bun|internal):/.test(frame);
  }

  // A function of the language: whoever called it is the one who asks.
  function isBuiltin(frame) {
    return /\((?:<anonymous>|native|native code|unknown)(?::\d+)*\)$|^at (?:native|unknown|<anonymous>)(?::\d+)*$/.test(frame);
  }

  // `nested`: the runtime's own code may lie between the program and us.
  function record(what, boundary, nested) {
    if (busy || records >= RECORDS) return;
    busy = true;
    try {
      let entry = seen.get(what);
      if (entry === undefined) seen.set(what, (entry = { times: 0, stacks: new Map() }));
      entry.times += 1;
      // Often read facts cost no stack any more once their places are known.
      if (entry.times > STACKS && entry.times & (entry.times - 1)) return;
      const stack = stackAbove(boundary, nested);
      if (stack === null) return;
      const key = stack.join('\n');
      let place = entry.stacks.get(key);
      if (place === undefined) {
        if (entry.stacks.size >= STACKS) return;
        entry.stacks.set(key, (place = { times: 0 }));
        records += 1;
        if (records === RECORDS) write({ id, full: true });
      }
      place.times += 1;
      if ((place.times & (place.times - 1)) === 0) write({ id, what, stack, times: place.times });
    } catch {
      // As above.
    } finally {
      busy = false;
    }
  }

  // --- variables --------------------------------------------------------------------------------

  // Reads that follow an enumeration in its order belong to it: `{...process.env}`.
  let listed = [];
  let position = 0;

  function variables(env) {
    const handler = {
      get(target, name) {
        if (typeof name === 'string') {
          if (listed[position] === name) position += 1;
          else if (name !== 'toJSON' && name !== 'constructor') record(`env:${name}`, handler.get, false);
        }
        return target[name];
      },
      set(target, name, value) {
        target[name] = value;
        return true;
      },
      has(target, name) {
        if (typeof name === 'string') record(`env:${name}`, handler.has, false);
        return name in target;
      },
      ownKeys(target) {
        record('env:*', handler.ownKeys, false);
        const names = ownKeys(target);
        if (!busy) [listed, position] = [names, 0];
        return names;
      },
      getOwnPropertyDescriptor(target, name) {
        if (typeof name === 'string' && !listed.includes(name)) {
          record(`env:${name}`, handler.getOwnPropertyDescriptor, false);
        }
        return getOwnPropertyDescriptor(target, name);
      },
    };
    return new Proxy(env, handler);
  }

  // --- functions --------------------------------------------------------------------------------

  const originals = new WeakMap(); // wrapper -> what it wraps

  function wrap(place, name, what, { nested = false, asked = null } = {}) {
    try {
      const descriptor = getOwnPropertyDescriptor(place, name);
      if (descriptor === undefined || !descriptor.configurable) return;
      const key = 'value' in descriptor ? 'value' : 'get';
      const original = descriptor[key];
      if (typeof original !== 'function' || originals.has(original)) return;
      const handler = {
        apply(target, self, given) {
          if (busy) return apply(target, self, given);
          const told = asked === null ? what : asked(given);
          if (told === null) return apply(target, self, given);
          record(told, handler.apply, nested);
          busy = true;
          try {
            return apply(target, self, given);
          } finally {
            busy = false;
          }
        },
        construct(target, given, made) {
          const told = busy ? null : asked === null ? what : asked(given);
          if (told !== null) record(told, handler.construct, nested);
          return construct(target, given, made === wrapper ? target : made);
        },
      };
      const wrapper = new Proxy(original, handler);
      originals.set(wrapper, original);
      defineProperty(place, name, { ...descriptor, [key]: wrapper });
      const prototype = key === 'value' ? getOwnPropertyDescriptor(original, 'prototype')?.value : undefined;
      const back = prototype && getOwnPropertyDescriptor(prototype, 'constructor');
      if (back?.value === original && back.configurable) {
        defineProperty(prototype, 'constructor', { ...back, value: wrapper });
      }
    } catch (error) {
      write({ id, problem: `${what ?? name} could not be hooked: ${error.message}` });
    }
  }

  function wrapAll(place, prefix, names, options) {
    for (const name of names) wrap(place, name, `${prefix}.${name}`, options);
  }

  const path = require('path');
  const home = process.env.HOME;

  function named(given) {
    let file = given[0];
    if (file instanceof URL && file.protocol === 'file:') file = decodeURIComponent(file.pathname);
    if (typeof file !== 'string' || file.length > 4096) return null;
    const whole = path.resolve(file);
    // The program's own files, and what it makes itself, say nothing of the machine.
    if (whole.includes('/node_modules/') || /^\/(opt\/agent|tmp|dev|run\/runtime)(\/|$)/.test(whole)) return null;
    return `file:${whole}`.slice(0, TEXT);
  }

  function commandLine(given) {
    const file = Array.isArray(given[0]) ? given[0].join(' ') : (given[0]?.cmd?.join?.(' ') ?? given[0]);
    const rest = Array.isArray(given[1]) ? given[1] : [];
    return `run:${[file, ...rest].join(' ')}`.slice(0, TEXT);
  }

  function withoutLocale(what) {
    return (given) => (given[0] === undefined ? what : null);
  }

  const READS = [
    'access', 'exists', 'lstat', 'open', 'opendir', 'readdir', 'readFile', 'readlink', 'realpath', 'stat',
  ];

  // The text of a wrapped function is that of the function.
  function hideWrappers() {
    const descriptor = getOwnPropertyDescriptor(Function.prototype, 'toString');
    const wrapper = new Proxy(descriptor.value, {
      apply: (target, self, given) => apply(target, originals.get(self) ?? self, given),
    });
    originals.set(wrapper, descriptor.value);
    defineProperty(Function.prototype, 'toString', { ...descriptor, value: wrapper });
  }

  function hookAll() {
    hideWrappers();
    const os = require('os');
    wrapAll(os, 'os', [
      'hostname', 'userInfo', 'networkInterfaces', 'cpus', 'totalmem', 'freemem', 'release', 'version',
      'platform', 'type', 'machine', 'arch', 'homedir', 'tmpdir', 'uptime', 'loadavg', 'availableParallelism',
    ]); // prettier-ignore
    wrapAll(process, 'process', ['cwd', 'getuid', 'geteuid', 'getgid', 'uptime']);
    if (process.report) wrap(process.report, 'getReport', 'process.report.getReport');

    wrapAll(Date.prototype, 'Date', [
      'getTimezoneOffset', 'toString', 'toDateString', 'toTimeString', 'toLocaleString', 'toLocaleDateString',
      'toLocaleTimeString', 'getHours', 'getDate', 'getDay', 'getMonth', 'getFullYear',
    ]);
    wrap(Number.prototype, 'toLocaleString', null, { asked: withoutLocale('Number.toLocaleString') });
    for (const name of Object.getOwnPropertyNames(Intl)) {
      const kind = Intl[name];
      if (typeof kind !== 'function' || !kind.prototype) continue;
      wrap(kind.prototype, 'resolvedOptions', `Intl.${name}.resolvedOptions`);
      wrap(Intl, name, null, { asked: withoutLocale(`Intl.${name}`) });
    }
    const shownAs = globalThis.Navigator?.prototype;
    if (shownAs) wrapAll(shownAs, 'navigator', ['language', 'languages', 'hardwareConcurrency', 'platform', 'userAgent']);

    for (const name of READS) {
      wrap(fs, name, null, { asked: named, nested: true });
      wrap(fs, `${name}Sync`, null, { asked: named, nested: true });
      wrap(fs.promises, name, null, { asked: named, nested: true });
    }
    wrap(fs, 'createReadStream', null, { asked: named, nested: true });
    const processes = require('child_process');
    for (const name of ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork']) {
      wrap(processes, name, null, { asked: commandLine, nested: true });
    }
    if (bun) {
      for (const name of ['spawn', 'spawnSync']) wrap(Bun, name, null, { asked: commandLine, nested: true });
      wrap(Bun, 'file', null, { asked: named, nested: true });
      wrap(Bun, 'which', null, { asked: (given) => `run:which ${given[0]}`, nested: true });
    }
    const env = variables(process.env);
    process.env = env;
    // Its alias of process.env cannot be replaced, and its workers do not preload.
    if (bun) write({ id, problem: 'reads through Bun.env and in worker threads are not seen' });
    require('module').syncBuiltinESMExports?.();
  }

  write({ id, runtime: bun ? 'bun' : 'node', program: String(process.argv[1] ?? '').slice(0, TEXT) });
  try {
    hookAll();
  } catch (error) {
    write({ id, problem: `the hooks could not be set: ${error.message}` });
  }
})();
