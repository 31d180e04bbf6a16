import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { JsonObject, Token } from '@leat/connector-kit'
import { FolderSpace, visibleRows } from '@leat/connector-memory'
import { chaos } from '../src/index.ts'

const script = fileURLToPath(new URL('./deliver-once.ts', import.meta.url))
const rows = [{ id: '1' }, { id: '2' }]
const options = { path: 'out' }

interface Ending {
  readonly signal: string | null
  /** What the process had told before it died: the token that a ledger would hold. */
  readonly token: Token | null
  readonly stderr: string
}

function deliver(folder: string, at: string): Promise<Ending> {
  const failures = [{ at, action: 'exit', nth: 1, times: 1 }]
  const job = JSON.stringify({ credentials: { folder, failures }, options })
  return new Promise((resolve) => {
    execFile(process.execPath, [script, job], (error, stdout, stderr) => {
      const line = stdout.split('\n')[0] ?? ''
      resolve({
        signal: error?.signal ?? null,
        token: line.startsWith('{') ? (JSON.parse(line) as Token) : null,
        stderr,
      })
    })
  })
}

/** What the engine does next: a higher epoch commits the tokens that the ledger knows, and sweeps the rest. */
async function recover(folder: string, known: readonly Token[]): Promise<void> {
  const signal = new AbortController().signal
  const driver = await chaos.load()
  await using connection = await driver.connect({ folder }, { allowedFolders: [], signal })
  await using writer = await connection.openWriter!({ id: 'sink-1', epoch: 2, options, schema: { fields: [] }, signal })
  for (const token of known) await writer.commit(token)
  await writer.sweep!(known)
}

interface Expectation {
  readonly at: string
  readonly visible: readonly JsonObject[]
  readonly tokenKnown: boolean
  readonly afterRecovery: readonly JsonObject[]
}

const expectations: readonly Expectation[] = [
  { at: 'before_write', visible: [], tokenKnown: false, afterRecovery: [] },
  { at: 'after_write', visible: [], tokenKnown: false, afterRecovery: [] },
  { at: 'before_prepare', visible: [], tokenKnown: false, afterRecovery: [] },
  { at: 'after_prepare', visible: [], tokenKnown: false, afterRecovery: [] },
  { at: 'before_commit', visible: [], tokenKnown: true, afterRecovery: rows },
  { at: 'during_commit', visible: [], tokenKnown: true, afterRecovery: rows },
  { at: 'after_commit', visible: rows, tokenKnown: true, afterRecovery: rows },
]

for (const { at, visible, tokenKnown, afterRecovery } of expectations) {
  test(`PROMISE-DELIVERY-STEPS: a process killed at ${at} leaves all or nothing, and the next writer finishes once`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'leat-chaos-'))
    try {
      const space = new FolderSpace(folder)
      const ending = await deliver(folder, at)
      assert.equal(ending.signal, 'SIGKILL', ending.stderr)
      assert.equal(ending.token !== null, tokenKnown)
      assert.deepEqual(await visibleRows(space, 'out'), visible)
      await recover(folder, ending.token === null ? [] : [ending.token])
      assert.deepEqual(await visibleRows(space, 'out'), afterRecovery)
      const { staged } = await space.state()
      assert.deepEqual(staged, {}, 'nothing stays staged')
      assert.equal((await space.blobs('sink-1')).length, afterRecovery.length === 0 ? 0 : 1, 'no blob is left over')
    } finally {
      await rm(folder, { recursive: true })
    }
  })
}
