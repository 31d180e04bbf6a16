import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmod, copyFile, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('../../../leat', import.meta.url))

/** Programs that say what they were given, so that the test sees how they were called. */
const echo = `console.log(JSON.stringify({ program: process.argv[1], args: process.argv.slice(2), cwd: process.cwd(), path: process.env.PATH }))`

/**
 * In place of npm: what \`npm ci\` leaves behind as far as the script can tell (the Node of the project, and npm's list of what it installed,
 * written last), and a line per call. FAIL makes it fail, SLOW stops in the middle for that many seconds.
 */
const npm = `#!/bin/sh
echo "$*" >>"$CALLS"
rm -rf node_modules
[ -z "\${FAIL-}" ] || { echo 'registry is away' >&2; exit 1; }
mkdir -p node_modules/.bin
ln -s "$REAL_NODE" node_modules/.bin/node
sleep "\${SLOW:-0}"
cp package-lock.json node_modules/.package-lock.json
`

interface Clone {
  readonly root: string
  run(
    args: readonly string[],
    options?: {
      readonly cwd?: string
      readonly env?: Record<string, string>
      readonly command?: string
      readonly onStart?: (pid: number) => void
    },
  ): Promise<{ code: number | null; out: string; err: string }>
  calls(): Promise<string[]>
}

async function clone(t: TestContext): Promise<Clone> {
  const base = await realpath(await mkdtemp(join(tmpdir(), 'leat command ')))
  t.after(() => rm(base, { recursive: true, force: true }))
  const root = join(base, 'a clone')
  for (const app of ['apps/server/src', 'apps/cli/src', 'tools']) await mkdir(join(root, app), { recursive: true })
  await copyFile(script, join(root, 'leat'))
  await chmod(join(root, 'leat'), 0o755)
  for (const file of ['apps/server/src/main.ts', 'apps/cli/src/main.ts', 'tools/test.ts'])
    await writeFile(join(root, file), echo)
  await writeFile(join(root, 'package-lock.json'), '{"packages":{"node_modules/a":{"version":"1.0.0"}}}')
  const bin = join(base, 'bin')
  await mkdir(bin)
  await writeFile(join(bin, 'npm'), npm, { mode: 0o755 })
  await symlink(process.execPath, join(bin, 'node'))
  const calls = join(base, 'calls')
  await writeFile(calls, '')
  return {
    root,
    calls: async () => (await readFile(calls, 'utf8')).split('\n').filter((line) => line !== ''),
    async run(args, { cwd = base, env = {}, command = join(root, 'leat'), onStart } = {}) {
      const child = spawn(command, args, {
        cwd,
        env: { PATH: `${bin}:/usr/bin:/bin`, CALLS: calls, REAL_NODE: process.execPath, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      })
      onStart?.(child.pid as number)
      let [out, err] = ['', '']
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
      child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
      return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })))
    },
  }
}

test('the first call installs, the next ones do not', async (t) => {
  const { root, run, calls } = await clone(t)
  const first = await run(['runs', '--json', 'with space'])
  assert.equal(first.code, 0, first.err)
  assert.match(first.err, /installing the locked dependencies/)
  const said = JSON.parse(first.out) as { program: string; args: string[]; path: string }
  assert.deepEqual([said.program, said.args], [join(root, 'apps/cli/src/main.ts'), ['runs', '--json', 'with space']])
  assert.ok(said.path.startsWith(`${root}/node_modules/.bin:`))
  assert.equal((await run(['runs'])).err, '')
  assert.deepEqual(
    (await calls()).map((call) => call.split(' ')[0]),
    ['ci'],
  )
})

for (const [args, program] of [
  [['start', '--port', '1'], 'apps/server/src/main.ts'],
  [['worker'], 'apps/server/src/main.ts'],
  [['test'], 'tools/test.ts'],
  [['demo'], 'apps/cli/src/main.ts'],
  [[], 'apps/cli/src/main.ts'],
] as const) {
  test(`leat ${args.join(' ')} runs ${program}`, async (t) => {
    const { root, run } = await clone(t)
    const { out } = await run(args)
    assert.equal((JSON.parse(out) as { program: string }).program, join(root, program))
  })
}

test('it works through symbolic links, from the PATH and from another folder', async (t) => {
  const { root, run } = await clone(t)
  const links = join(root, '..', 'links')
  await mkdir(links)
  await symlink('../a clone/leat', join(links, 'first'))
  await symlink('first', join(links, 'leat'))
  for (const options of [
    { command: join(links, 'leat') },
    { command: 'sh', cwd: root },
    { command: './leat', cwd: root },
  ]) {
    const { out, err } = await run(options.command === 'sh' ? ['leat', 'demo'] : ['demo'], options)
    assert.equal((JSON.parse(out || '{}') as { program?: string }).program, join(root, 'apps/cli/src/main.ts'), err)
  }
})

test('a changed lock file installs again, unless npm says that just this is installed', async (t) => {
  const { root, run, calls } = await clone(t)
  await run(['demo'])
  await writeFile(join(root, 'package-lock.json'), '{"packages":{"node_modules/a":{"version":"1.1.0"}}}')
  await run(['demo'])
  assert.equal((await calls()).length, 2)
  const byHand = '{"packages":{"node_modules/a":{"version":"1.2.0"}}}'
  await writeFile(join(root, 'package-lock.json'), byHand)
  await writeFile(join(root, 'node_modules/.package-lock.json'), byHand)
  assert.equal((await run(['demo'])).code, 0)
  assert.equal((await calls()).length, 2)
})

test('a failed install says why and what to do, and the next call tries again', async (t) => {
  const { run, calls } = await clone(t)
  const failed = await run(['demo'], { env: { FAIL: '1' } })
  assert.equal(failed.code, 1)
  assert.match(failed.err, /registry is away/)
  assert.match(failed.err, /leat: the dependencies could not be installed .* run this again; it resumes by itself\./)
  assert.equal((await run(['demo'])).code, 0)
  assert.equal((await calls()).length, 2)
})

test('an install that was killed in the middle is done again', async (t) => {
  const { run, calls } = await clone(t)
  let group = 0
  const killed = run(['demo'], { env: { SLOW: '60' }, onStart: (pid) => void (group = pid) })
  while ((await calls()).length === 0) await pause(20)
  process.kill(-group, 'SIGKILL')
  assert.equal((await killed).code, null)
  assert.equal((await run(['demo'])).code, 0)
  assert.equal((await calls()).length, 2)
})

test('of two calls at once one installs and the other waits for it', async (t) => {
  const { run, calls } = await clone(t)
  const both = await Promise.all([run(['demo'], { env: { SLOW: '1' } }), run(['demo'], { env: { SLOW: '1' } })])
  assert.deepEqual(
    both.map(({ code }) => code),
    [0, 0],
  )
  assert.equal((await calls()).length, 1)
})

test('without npm, or with a Node that is too old, it says what is needed', async (t) => {
  const { root, run } = await clone(t)
  const bin = join(root, '..', 'empty')
  await mkdir(bin)
  for (const tool of ['dirname', 'readlink', 'cksum', 'cat', 'mkdir', 'sh', 'env'])
    await symlink(`/usr/bin/${tool}`, join(bin, tool))
  assert.match(
    (await run(['demo'], { env: { PATH: bin } })).err,
    /leat: Node.js was not found. Install Node 20 or newer/,
  )
  await writeFile(join(bin, 'node'), '#!/bin/sh\ncase $1 in -p) echo 18 ;; *) echo v18.0.0 ;; esac\n', { mode: 0o755 })
  assert.match((await run(['demo'], { env: { PATH: bin } })).err, /leat: npm was not found/)
  await writeFile(join(bin, 'npm'), '#!/bin/sh\n', { mode: 0o755 })
  assert.match((await run(['demo'], { env: { PATH: bin } })).err, /leat: Node v18.0.0 is too old/)
})
