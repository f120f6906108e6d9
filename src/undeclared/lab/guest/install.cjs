// Has npm itself run the lifecycle scripts of packages that are unpacked already, as `npm install`
// in a project that depends on them would: the same order, shell, variables and command name.
// npm's own requests are left out, so that every request is a script's.
//
// Started as `node -e THIS PATH/npm-cli.js` in the project's folder. The classes used are npm's
// (versions 8 and later): its commands, with their `exec`, and Arborist.
'use strict'

const { dirname, join } = require('node:path')
const { createRequire, runMain } = require('node:module')
const { existsSync, realpathSync } = require('node:fs')

const client = realpathSync(process.argv[1])
const home = dirname(dirname(client))
// Older versions tell scripts where npm is by this, as it is when they are loaded.
process.mainModule = { filename: client }
const ofNpm = createRequire(join(home, 'lib', 'npm.js'))

const Arborist = ofNpm('@npmcli/arborist')
const Install = ofNpm('./commands/install.js')

Install.prototype.exec = async function () {
  const options = {
    ...this.npm.flatOptions,
    path: this.npm.prefix,
    offline: true,
    ignoreScripts: false,
    // The user may have to allow scripts; this is what happens then.
    dangerouslyAllowAllScripts: true,
    // One after the other, so that two runs are alike, and with their output.
    foregroundScripts: true,
    progress: false,
  }
  // Failures of optional packages are passed over, as in any installation.
  await new Arborist(options).rebuild({ handleOptionalFailure: true })
}

// It would ask the registry for a newer npm.
const notifier = ['./utils/update-notifier.js', './cli/update-notifier.js']
for (const name of notifier) {
  const file = join(home, 'lib', name)
  if (existsSync(file)) {
    require.cache[file] = { id: file, filename: file, loaded: true, exports: async () => null }
  }
}

process.argv.splice(1, 1, client, 'install')
runMain(client)
