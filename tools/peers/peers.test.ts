import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, afterEach, beforeEach, test } from 'node:test'
import { installed, type Recipe } from './cache.ts'
import { startServer } from './start-server.ts'

const before = process.env['LEAT_PEERS_CACHE']
let cache = ''
beforeEach(async () => {
  cache = await mkdtemp(path.join(os.tmpdir(), 'leat-peers-'))
  process.env['LEAT_PEERS_CACHE'] = cache
})
afterEach(() => rm(cache, { recursive: true, force: true }))
after(() =>
  before === undefined ? delete process.env['LEAT_PEERS_CACHE'] : (process.env['LEAT_PEERS_CACHE'] = before),
)

function recipe(stamp: string): Recipe & { installs: number } {
  const made = {
    name: 'thing',
    stamp,
    installs: 0,
    async install(folder: string) {
      made.installs += 1
      await new Promise(setImmediate)
      await writeFile(path.join(folder, stamp), '')
    },
  }
  return made
}

test('a peer is installed once, by several that ask at the same time too', async () => {
  const thing = recipe('v1')
  const folders = await Promise.all([1, 2, 3].map(() => installed(thing, () => undefined)))
  assert.deepEqual(new Set(folders), new Set([path.join(cache, 'thing')]))
  assert.equal(thing.installs, 1)
})

test('another version replaces the one that is there', async () => {
  await installed(recipe('v1'), () => undefined)
  const folder = await installed(recipe('v2'), () => undefined)
  assert.deepEqual((await readdir(folder)).toSorted(), ['.stamp', 'v2'])
})

test('an install that failed is not taken for one that is there, and frees the lock', async () => {
  const broken: Recipe = { name: 'thing', stamp: 'v1', install: async () => Promise.reject(new Error('no network')) }
  await assert.rejects(
    installed(broken, () => undefined),
    /no network/,
  )
  const thing = recipe('v1')
  await installed(thing, () => undefined)
  assert.equal(thing.installs, 1)
})

test('the lock of a process that is gone is taken over', async () => {
  const gone = spawn('true')
  await once(gone, 'exit')
  await writeFile(path.join(cache, 'thing.lock'), String(gone.pid))
  const thing = recipe('v1')
  await installed(thing, () => undefined)
  assert.equal(thing.installs, 1)
  await assert.rejects(access(path.join(cache, 'thing.lock')))
})

const serverScript = `require('node:http').createServer((q, r) => r.end(String(process.pid))).listen(Number(process.argv[1]), '127.0.0.1')`

test('a server answers when it has started, and is gone when it was stopped', async () => {
  const server = await startServer((port) => ({ command: process.execPath, args: ['-e', serverScript, String(port)] }))
  const pid = Number(await (await fetch(`http://127.0.0.1:${server.port}/`)).text())
  await server.stop()
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
})

test('a server ends with the process that started it, even when that is killed', async () => {
  const module = JSON.stringify(path.join(import.meta.dirname, 'start-server.ts'))
  const owner = `const { startServer } = await import(${module}); const s = await startServer((port) => ({ command: process.execPath, args: ['-e', ${JSON.stringify(serverScript)}, String(port)] })); console.log(s.port); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', owner], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const url = `http://127.0.0.1:${Number(line.toString())}/`
  assert.ok((await fetch(url)).ok)
  child.kill('SIGKILL')
  for (let up = true; up;)
    up = await fetch(url).then(
      async (response) => (await response.text(), true),
      () => false,
    )
})

test('a server that cannot start is told with what it printed', async () => {
  const script = `console.error('bad flag'); process.exit(3)`
  await assert.rejects(
    startServer(() => ({ command: process.execPath, args: ['-e', script] })),
    /bad flag/,
  )
})
