// Reads facts of the machine in known lines.
const { execFileSync } = require('child_process');
const fs = require('fs');
const os = require('os');
function zone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone; // line 6
}
const told = [zone(), process.env.TZ, 'SSH_TTY' in process.env, os.hostname()]; // line 8
told.push({ ...process.env }.HOME); // line 9
told.push(new Date(0).getTimezoneOffset(), String(new Date(0))); // line 10
told.push(fs.readFileSync('/etc/machine-id', 'utf8')); // line 11
told.push(execFileSync('uname', ['-n']).toString()); // line 12
process.env.ADDED = 1;
told.push(process.env.ADDED === '1', delete process.env.ADDED, process.env.ADDED);
told.push(Date.prototype.getTimezoneOffset.toString(), new Intl.DateTimeFormat() instanceof Intl.DateTimeFormat);
told.push(JSON.parse(JSON.stringify(process.env)).USER, Object.keys(process.env).includes('HOME'));
const { Worker } = require('worker_threads');
new Worker('process.env.IN_A_WORKER', { eval: true }).on('exit', async () => {
  told.push((await import('./module.mjs')).told);
  console.log(JSON.stringify(told));
  execFileSync(process.execPath, ['-e', 'process.env.IN_A_CHILD']);
  process.kill(process.pid, 'SIGKILL'); // what was read until then must not be lost
});
