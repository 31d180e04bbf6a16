import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const leat = fileURLToPath(new URL('../../../leat', import.meta.url))

test('PROMISE-DEMO: the demo moves its orders and ends with one JSON line that says so', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'leat-demo-'))
  try {
    const port = await freePort()
    const { stdout, stderr } = await promisify(execFile)(leat, ['demo', '--json', '--rows', '600'], {
      env: { ...process.env, LEAT_DATA: parent, LEAT_PORT: String(port), DATABASE_URL: 'postgres://127.0.0.1:1/other' },
    })
    assert.match(stderr, /Not used, because the demo has its own: DATABASE_URL\./)
    const lines = stdout.trimEnd().split('\n')
    assert.equal(lines.length, 1)
    const summary = JSON.parse(lines[0] ?? '')
    const { records_read, records_delivered, filtered, quarantined, correct, expected } = summary
    assert.deepEqual({ records_read, records_delivered, filtered, quarantined }, expected)
    assert.equal(correct, true)
    assert.equal(records_read, 600)
    assert.equal(quarantined, 6)
    assert.ok(summary.files > 0 && summary.bytes > 0 && summary.seconds > 0)
    assert.ok(existsSync(join(summary.input, 'orders-01.json')))
    assert.equal(summary.output, join(parent, 'demo', 'output'))
    assert.equal(summary.api_url, `http://127.0.0.1:${port}/api`)
    assert.equal(existsSync(join(parent, 'demo', 'server.pid')), false, 'the server was stopped')
    assert.ok((await readFile(join(parent, 'demo', 'server', 'service-key'), 'utf8')).length > 20)
  } finally {
    await rm(parent, { recursive: true, force: true })
  }
})

test('a port that is taken, even by another Leat, is named', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'leat-demo-'))
  await using other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const env = { ...process.env, LEAT_DATA: parent, LEAT_PORT: String(port) }
  try {
    await assert.rejects(promisify(execFile)(leat, ['demo', '--rows', '10'], { env }), {
      code: 2,
      message: new RegExp(`LEAT_PORT "${port}" cannot be used \\(EADDRINUSE\\)\\. Choose another port`),
    })
  } finally {
    await rm(parent, { recursive: true, force: true })
  }
})

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
